import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { count, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queueLaws } from '../queue/queue-laws.test-support.js';
import { snapshotLaws } from '../snapshots/snapshot-laws.test-support.js';
import { importLaws } from './imports-laws.test-support.js';
import { openStore } from './open.js';
import { type PostgresCluster, query, startPostgres } from './postgres-cluster.test-support.js';
import { openRecorder, rowsOf } from './record.js';
import { recordLaws } from './record-laws.test-support.js';
import { comparisons } from './schema.js';
import { makeProject, openWorld, remoteRecord, type StoreWorld } from './store-world.test-support.js';
import { synpicLaws } from './synpic-laws.test-support.js';
import { upkeepLaws } from './upkeep-laws.test-support.js';

let cluster: PostgresCluster;
let url: string;
let world: StoreWorld;
beforeAll(async () => {
  cluster = await startPostgres();
  url = await cluster.createDatabase();
  world = await openWorld(url);
});
afterAll(async () => {
  await world?.close();
  await cluster?.stop();
});

const recorded = async (projectId: string) => {
  const rows = await world.store.db
    .select({ id: comparisons.id })
    .from(comparisons)
    .where(eq(comparisons.projectId, projectId));
  return new Set(rows.map(({ id }) => id));
};

describe('a store on a PostgreSQL server', () => {
  recordLaws(() => world);
  importLaws(() => world);
  upkeepLaws(() => world);
  snapshotLaws(() => world);
  queueLaws(() => world);
  synpicLaws(() => world);

  it('says its address without the password', () => {
    expect(world.store.where).toMatch(/^postgres:\/\/bradley@127\.0\.0\.1:\d+\/test_/);
  });

  it('is made by one of several processes that open it at once', async () => {
    const fresh = await cluster.createDatabase();
    const module = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
    const open = `const { openStore } = await import(${JSON.stringify(module)}); await (await openStore(${JSON.stringify(fresh)})).close();`;
    await Promise.all(
      Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', open])),
    );
    const { rows } = await query(
      fresh,
      'select hash, count(*)::int as times from drizzle.__drizzle_migrations group by hash',
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every(({ times }) => times === 1)).toBe(true);
  });

  it('that a newer version has changed is left alone', async () => {
    const newer = await cluster.createDatabase();
    await (await openStore(newer)).close();
    await query(
      newer,
      "insert into drizzle.__drizzle_migrations (hash, created_at) values ('of the future', 9999999999999)",
    );
    await expect(openStore(newer)).rejects.toThrow(/newer version of Bradley.*Update Bradley/s);
  });

  it('that is not there is named', async () => {
    await expect(openStore('postgres://nobody:secret@127.0.0.1:1/none')).rejects.toThrow(
      /^postgres:\/\/nobody@127\.0\.0\.1:1\/none: .*ECONNREFUSED/,
    );
  });
});

interface Votes {
  readonly acknowledged: string[];
  readonly failed: string[];
}

/** Votes one after another on many lanes, each tried once, and notes in `votes` which were acknowledged. */
async function voting(projectId: string, votes: Votes, until: AbortSignal): Promise<void> {
  const recorder = openRecorder(world.store);
  const lane = async (n: number) => {
    for (let i = 0; !until.aborted; i++) {
      const record = remoteRecord(`${n}-${i}`);
      const vote = recorder.record([{ projectId, record, source: 'arena' }]);
      await vote.then(
        () => votes.acknowledged.push(record.id),
        () => votes.failed.push(record.id),
      );
    }
  };
  await Promise.all(Array.from({ length: 50 }, (_, n) => lane(n)));
}

describe('what was acknowledged', () => {
  const trials = {
    'connections are ended mid-write': async () => {
      await world.store.db
        .execute(
          sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        )
        .catch(() => {}); // another such call may have ended ours
    },
    'the server is stopped and started': () => cluster.restart('stop'),
    'the server crashes': () => cluster.restart('crash'),
  };
  it.each(Object.entries(trials))('stays when %s; the rest can be sent again', async (name, disturb) => {
    const projectId = await makeProject(world, `disturbed-${name.split(' ')[1]}-${name.length}`);
    const stop = new AbortController();
    const { acknowledged, failed }: Votes = { acknowledged: [], failed: [] };
    const voted = voting(projectId, { acknowledged, failed }, stop.signal);
    const more = async (count: number) => {
      for (const enough = acknowledged.length + count; acknowledged.length < enough; ) await delay(5);
    };
    for (let turn = 0; turn < 3; turn++) {
      await more(150);
      await disturb();
    }
    await more(150);
    stop.abort();
    await voted;
    const there = await recorded(projectId);
    expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
    const recorder = openRecorder(world.store);
    for (const id of failed) await recorder.record([{ projectId, record: remoteRecord(id), source: 'arena' }]);
    const [row] = await world.store.db
      .select({ n: count() })
      .from(comparisons)
      .where(eq(comparisons.projectId, projectId));
    expect(row?.n).toBe(acknowledged.length + failed.length);
  });

  it('is flushed to the disk before it is acknowledged', async () => {
    const settings = await world.store.db.execute(
      sql`select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') order by name`,
    );
    expect(rowsOf(settings)).toEqual(
      ['fsync', 'full_page_writes', 'synchronous_commit'].map((name) => ({ name, setting: 'on' })),
    );
  });
});
