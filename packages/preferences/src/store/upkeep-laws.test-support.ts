import { eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { sha256Of } from '../media-path.js';
import { countTrainable } from './choices.js';
import { exportComparisons } from './exports.js';
import { forgetRater } from './forget-rater.js';
import { collectMedia, keepMedia } from './media.js';
import { insertComparisons } from './record.js';
import { audit, comparisons, media as mediaTable, type Purpose, raters, tasks } from './schema.js';
import { all, makeProject, pixel, remoteRecord, type StoreWorld } from './store-world.test-support.js';

/** What every store does with what is in it. */
export function upkeepLaws(world: () => StoreWorld): void {
  const add = (projectId: string, id: string, changes = {}, purpose: Purpose = 'ordinary') =>
    insertComparisons(world().store, [{ projectId, record: remoteRecord(id, changes), source: 'arena', purpose }]);
  const ids = async (projectId: string, filter = {}) =>
    (await all(exportComparisons(world().store, { projectId, filter }))).map(({ id }) => id);

  describe('an export', () => {
    it('leaves out what was withdrawn and what tests raters, unless it is asked for', async () => {
      const projectId = await makeProject(world(), 'filtered');
      await add(projectId, 'plain');
      await add(projectId, 'gold', {}, 'gold');
      await add(projectId, 'repeat', {}, 'repeat');
      await add(projectId, 'gone', { question: 'style', outcome: { kind: 'tie' } });
      await world().store.db.update(comparisons).set({ withdrawnAt: new Date() }).where(eq(comparisons.id, 'gone'));
      expect(await ids(projectId)).toEqual(['plain']);
      expect(await ids(projectId, { purposes: ['ordinary', 'gold', 'repeat'] })).toEqual(['plain', 'gold', 'repeat']);
      expect(await ids(projectId, { withdrawn: true, questions: ['style'] })).toEqual(['gone']);
      expect(await ids(projectId, { withdrawn: true, kinds: ['winner'] })).toEqual(['plain']);
      const record = remoteRecord('imported', { candidates: ['a', 'b'].map((digit) => ({ media: digit.repeat(64) })) });
      await insertComparisons(world().store, [{ projectId, record, source: 'import:1' }]);
      expect(await ids(projectId, { sources: ['arena'] })).toEqual(['plain']);
      expect(await countTrainable(world().store, projectId, 'overall')).toBe(0); // what others chose is not one's taste
    });
  });

  describe('forgetting a rater', () => {
    it('deletes what was chosen, or whose it was, in that project alone, and writes that down', async () => {
      const { db } = world().store;
      const both = [await makeProject(world(), 'forgets'), await makeProject(world(), 'remembers')];
      for (const projectId of both) {
        for (const id of ['eve', 'bob'])
          await db.insert(raters).values({ id: `${id}-${projectId}`, projectId, name: id });
        await add(projectId, 'a', { rater: `eve-${projectId}`, session: 's' });
        await add(projectId, 'b', { rater: `bob-${projectId}`, session: 't' });
      }
      expect(await forgetRater(world().store, 'forgets', 'eve-forgets', 'delete', 'local')).toBe(1);
      expect(await forgetRater(world().store, 'forgets', 'bob-forgets', 'anonymize', 'local')).toBe(1);
      expect(await forgetRater(world().store, 'forgets', 'bob-remembers', 'delete', 'local')).toBe(0);
      const [left, ...others] = await all(exportComparisons(world().store, { projectId: 'forgets' }));
      expect(others).toEqual([]);
      expect(left).toMatchObject({ id: 'b' });
      expect(left).not.toHaveProperty('rater');
      expect(left).not.toHaveProperty('session');
      expect(await db.select().from(raters).where(eq(raters.projectId, 'forgets'))).toEqual([]);
      expect(await ids('remembers')).toEqual(['a', 'b']);
      const trail = await db.select().from(audit).where(eq(audit.projectId, 'forgets'));
      expect(trail.map(({ action, detail }) => [action, detail])).toEqual([
        ['rater.forget', { how: 'delete', comparisons: 1 }],
        ['rater.forget', { how: 'anonymize', comparisons: 1 }],
      ]);
    });
  });

  describe('collecting media', () => {
    it('deletes what nothing refers to and what was not kept of late', async () => {
      const { store, media } = world();
      const projectId = await makeProject(world(), 'collected');
      const files = await Promise.all([101, 102, 103, 104, 105].map(pixel));
      const [compared = '', asked = '', unused = '', again = '', fresh = ''] = files.map(sha256Of);
      await keepMedia(
        store,
        media,
        files.slice(0, 4).map((bytes) => ({ bytes })),
      );
      await store.db.update(mediaTable).set({ createdAt: sql`now() - interval '2 days'` });
      await keepMedia(
        store,
        media,
        [3, 4].map((at) => ({ bytes: files[at] as Uint8Array })),
      );
      await add(projectId, 'one', { candidates: [{ media: compared }, { media: compared }] });
      await store.db
        .insert(tasks)
        .values({ id: 'task', projectId, prompt: 'p', candidates: [{ media: asked }, { media: asked }] });
      await collectMedia(store, media);
      expect(
        await Promise.all([compared, asked, unused, again, fresh].map(async (one) => !!(await media.get(one)))),
      ).toEqual([...[true, true, false, true, true]]);
      expect(await store.db.select().from(mediaTable).where(eq(mediaTable.sha256, unused))).toEqual([]);
    });
  });
}
