import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

/** A PostgreSQL server of its own, in a temporary folder, on a free port of the loopback. */
export interface PostgresCluster {
  /** Of a superuser, for the database `postgres`. */
  readonly url: string;
  readonly pid: number;
  /** A new empty database's address. */
  createDatabase(): Promise<string>;
  /** Has the server finish (`stop`), end at once (`crash`) or kills it (SIGKILL to its first process), and starts it again. */
  restart(how: keyof typeof endings): Promise<void>;
  stop(): Promise<void>;
}

const debian = '/usr/lib/postgresql';

const endings = { stop: 'SIGINT', crash: 'SIGQUIT', kill: 'SIGKILL' } as const satisfies Record<string, NodeJS.Signals>;

/** @throws Error saying what to install where there is no PostgreSQL */
export async function startPostgres(): Promise<PostgresCluster> {
  const bin = findBinaries();
  const asPostgres = process.getuid?.() === 0 ? await postgresUser() : null; // the server refuses to run as root
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, 'test');
  if (asPostgres) for (const path of [folder, passwordFile]) await chown(path, asPostgres.uid, asPostgres.gid);
  const run = { cwd: folder, ...asPostgres };
  const data = join(folder, 'data');
  await promisify(execFile)(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'bradley', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C'],
    run,
  );
  const port = await freePort();
  const url = `postgres://bradley:test@127.0.0.1:${port}/postgres`;
  const start = async (): Promise<ChildProcess> => {
    const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'max_connections=100'];
    const options = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
    for (const until = Date.now() + 60_000; ; await delay(200)) {
      const server = spawn(join(bin, 'postgres'), options, { ...run, stdio: 'ignore' });
      if (await isReady(url, server, until)) return server;
      // The processes of one that was killed end a moment after it, and hold its memory until then.
      if (Date.now() > until) throw new Error(`${data}: PostgreSQL does not start`);
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  };
  let server = await start();
  let databases = 0;
  return {
    url,
    get pid() {
      return server.pid as number;
    },
    async createDatabase() {
      const name = `test_${process.pid}_${++databases}`;
      await query(url, `create database ${name}`);
      return url.replace(/postgres$/, name);
    },
    async restart(how) {
      await end(endings[how]);
      server = await start();
    },
    async stop() {
      await end('SIGINT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function query(url: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}

function findBinaries(): string {
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(debian, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
  if (found) return found;
  throw new Error(
    `${debian}: there is no PostgreSQL server here, which is to be started. Install it: apt-get install postgresql`,
  );
}

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const id = async (flag: string) => Number((await promisify(execFile)('id', [flag, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

/** Waits until it answers; false where it ended, or took too long. */
async function isReady(url: string, server: ChildProcess, until: number): Promise<boolean> {
  for (; Date.now() < until && server.exitCode === null; await delay(50)) {
    const answered = await query(url, 'select 1').catch(() => null);
    if (answered) return true;
  }
  return false;
}
