import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LockedError } from '@bradley/formats';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snapshotLaws } from '../snapshots/snapshot-laws.test-support.js';
import { importLaws } from './imports-laws.test-support.js';
import { openStore } from './open.js';
import { recordLaws } from './record-laws.test-support.js';
import { openWorld, type StoreWorld } from './store-world.test-support.js';
import { upkeepLaws } from './upkeep-laws.test-support.js';

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

  it('has one owner, whom the error names', async () => {
    const second = openStore(world.store.where);
    await expect(second).rejects.toThrow(LockedError);
    await expect(second).rejects.toThrow(`process ${process.pid}`);
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
