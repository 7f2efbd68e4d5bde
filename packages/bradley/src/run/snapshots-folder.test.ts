import { join } from 'node:path';
import { diffusionDpo } from '@bradley/objectives';
import {
  folderMedia,
  freezeSnapshot,
  importComparisons,
  openComparisons,
  openStore,
  tables,
} from '@bradley/preferences';
import { expect, it } from 'vitest';
import { loadGroups } from './load-groups.js';
import { resolveRun } from './start-run.js';
import { tinyRun, tinyWorkplace } from './tiny-model.test-support.js';

it('trains on a snapshot by its name, without the store, and pins its version', async () => {
  const base = await tinyWorkplace();
  const store = await openStore(join(base, 'store'));
  const media = folderMedia(join(base, 'media'));
  await store.db.insert(tables.projects).values({ id: 'cats', name: 'Cats', settings: {} });
  const set = await openComparisons(join(base, 'comparisons'));
  await importComparisons(store, media, set, { projectId: 'cats' });
  const snapshots = join(base, 'snapshots');
  const frozen = await freezeSnapshot(store, media, { projectId: 'cats', name: 'my-taste', folder: snapshots });
  await store.close();

  const run = tinyRun(base, 'run');
  const { config } = await resolveRun({ ...run, data: { ...run.data, path: 'my-taste', snapshots } });
  expect(config.data).toMatchObject({ path: frozen.path, snapshots: null });
  const own = await loadGroups(run.data, diffusionDpo);
  const pairs = await loadGroups(config.data, diffusionDpo);
  expect(pairs.train.map(({ prompt }) => prompt).sort()).toEqual(own.train.map(({ prompt }) => prompt).sort());
  const [first] = pairs.train;
  const bytes = await pairs.source.loadMedia(first?.candidates[0] ?? { media: '' });
  const same = own.train.find(({ prompt }) => prompt === first?.prompt);
  expect(Buffer.from(bytes)).toEqual(Buffer.from(await own.source.loadMedia(same?.candidates[0] ?? { media: '' })));
});
