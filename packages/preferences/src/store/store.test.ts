import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LockedError } from '@bradley/formats';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openComparisons } from '../open.js';
import { queueLaws } from '../queue/queue-laws.test-support.js';
import { snapshotLaws } from '../snapshots/snapshot-laws.test-support.js';
import { importComparisons, listImports } from './imports.js';
import { importLaws } from './imports-laws.test-support.js';
import { openStore } from './open.js';
import { recordLaws } from './record-laws.test-support.js';
import { comparisons } from './schema.js';
import { openWorld, remoteRecord, type StoreWorld } from './store-world.test-support.js';
import { synpicLaws } from './synpic-laws.test-support.js';
import { upkeepLaws } from './upkeep-laws.test-support.js';

/** Child processes run from what is built. */
const module = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

let world: StoreWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe('a store in a folder', () => {
  recordLaws(() => world);
  importLaws(() => world);
  upkeepLaws(() => world);
  snapshotLaws(() => world);
  queueLaws(() => world);
  synpicLaws(() => world);

  it('has one owner, whom the error names', async () => {
    const second = openStore(world.store.where);
    await expect(second).rejects.toThrow(LockedError);
    await expect(second).rejects.toThrow(`process ${process.pid}`);
  });
});

/** Imports made-up rows in a process of its own, and prints how far it is after each batch. */
const importing = (store: string, set: string) => `
  const { createProject, folderMedia, importComparisons, openComparisons, openStore } = await import(${JSON.stringify(module)});
  const store = await openStore(${JSON.stringify(store)});
  await createProject(store, { id: 'big', name: 'Big', settings: {} });
  const onProgress = ({ read }) => process.stdout.write(read + '\\n');
  const source = await openComparisons(${JSON.stringify(set)});
  await importComparisons(store, folderMedia('unused'), source, { projectId: 'big', onProgress });`;

describe('an import that is killed', () => {
  it('goes on where it was, and has every row once', async () => {
    const base = await mkdtemp(join(tmpdir(), 'killed-'));
    const [folder, set] = [join(base, 'store'), join(base, 'set.jsonl')];
    const records = Array.from({ length: 20_000 }, (_, n) => remoteRecord(`r${n}`));
    await writeFile(set, records.map((record) => JSON.stringify(record)).join('\n'));
    const child = spawn(process.execPath, ['--input-type=module', '-e', importing(folder, set)]);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const store = await openStore(folder);
    const [left] = await listImports(store, 'big');
    expect(left).toMatchObject({ status: 'running', added: left?.read });
    expect(left?.read).toBeGreaterThanOrEqual(2000);
    expect(left?.read).toBeLessThan(20_000);
    expect(await store.db.$count(comparisons)).toBe(left?.read);
    let begun = 0;
    const done = await importComparisons(store, world.media, await openComparisons(set), {
      projectId: 'big',
      onBegin: ({ read }) => {
        begun = read;
      },
    });
    expect(begun).toBe(left?.read);
    expect(done).toMatchObject({ id: left?.id, status: 'finished', read: 20_000, added: 20_000 });
    expect(await store.db.$count(comparisons)).toBe(20_000);
    await store.close();
    await rm(base, { recursive: true });
  });
});

describe('a folder that cannot be opened', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'store-'));
    await (await openStore(folder)).close();
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is left alone where a newer version has changed it', async () => {
    const store = await openStore(folder);
    await store.db.execute(
      sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('of the future', 9999999999999)`,
    );
    await store.close();
    await expect(openStore(folder)).rejects.toThrow(/newer version of Bradley \(1 of \d+ migrations.*Update Bradley/s);
    await expect(openStore(folder)).rejects.toThrow('newer version'); // and not locked
  });

  it('says that it is damaged and what to do', async () => {
    const wal = join(folder, 'data', 'pg_wal');
    for (const name of await readdir(wal)) {
      const path = join(wal, name);
      if ((await stat(path)).isFile()) await truncate(path, 1000);
    }
    await truncate(join(folder, 'data', 'global', 'pg_control'), 100);
    await expect(openStore(folder)).rejects.toThrow(
      /cannot be opened: .*damaged.*Restore the whole folder from a backup/s,
    );
  });
});
