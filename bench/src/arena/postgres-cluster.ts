import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { openStore } from '@bradley/preferences';
import { freePort } from './served-arena.js';

/** A PostgreSQL server of its own in a temporary folder, to be loaded and killed. */
export interface PostgresCluster {
  readonly url: string;
  /** The address of a new, empty database. */
  createDatabase(): Promise<string>;
  /** SIGKILL to the postmaster, whose processes end with it, and starts it again. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const debian = '/usr/lib/postgresql';

/** Starts a server where Debian's PostgreSQL is installed; null where it is not. */
export async function startPostgres(): Promise<PostgresCluster | null> {
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const bin = versions.map((version) => join(debian, version, 'bin')).find((path) => existsSync(join(path, 'initdb')));
  if (bin === undefined) return null;
  const folder = await mkdtemp(join(tmpdir(), 'arena-postgres-'));
  const data = join(folder, 'data');
  const port = await freePort();
  const password = join(folder, 'password');
  await writeFile(password, 'soak');
  const user = process.getuid?.() === 0 ? await postgresUser() : null; // it refuses to run as root
  if (user) for (const path of [folder, password]) await chown(path, user.uid, user.gid);
  const as = { cwd: folder, ...user };
  const how = ['-U', 'bradley', '--auth=scram-sha-256', `--pwfile=${password}`, '-E', 'UTF8', '--locale=C'];
  await run(join(bin, 'initdb'), ['-D', data, ...how], as);
  const url = `postgres://bradley:soak@127.0.0.1:${port}/postgres`;
  const start = async (): Promise<ChildProcess> => {
    const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`];
    const options = ['-D', data, '-p', String(port), ...settings.flatMap((one) => ['-c', one])];
    for (const until = Date.now() + 60_000; ; await delay(200)) {
      const server = spawn(join(bin, 'postgres'), options, { ...as, stdio: 'ignore' });
      if (await isReady(url, server, until)) return server;
      // Processes of a killed server end a moment after it, and hold its memory until then.
      if (Date.now() > until) throw new Error(`${data}: PostgreSQL does not start again`);
    }
  };
  let server = await start();
  const end = async (signal: NodeJS.Signals) => {
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  };
  let databases = 0;
  return {
    url,
    async createDatabase() {
      const name = `soak_${++databases}`;
      const store = await openStore(url);
      await store.db.execute(`create database ${name}`).finally(() => store.close());
      return url.replace(/postgres$/, name);
    },
    async kill() {
      await end('SIGKILL');
      server = await start();
    },
    async stop() {
      await end('SIGINT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

/** Waits until it answers; false where it ended, or took too long. */
async function isReady(url: string, server: ChildProcess, until: number): Promise<boolean> {
  for (; Date.now() < until && server.exitCode === null; await delay(100)) {
    const store = await openStore(url).catch(() => null);
    if (store) return store.close().then(() => true);
  }
  return false;
}
