import { count, eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { type NewComparison, openRecorder } from './record.js';
import { comparisons } from './schema.js';
import { makeProject, type StoreWorld } from './store-world.test-support.js';

const comparison = (projectId: string, id: string): NewComparison => ({
  projectId,
  source: 'arena',
  record: {
    id,
    prompt: 'a cat; drop table comparisons; -- \' "',
    candidates: [{ media: 'a' }, { media: 'b' }],
    outcome: { kind: 'winner', index: 1 },
    question: 'overall',
    at: '2026-01-01T00:00:00.000Z',
    shown: [1, 0],
  },
});

/** What every store does with comparisons as they come. */
export function recordLaws(world: () => StoreWorld): void {
  describe('a recorder', () => {
    it('records what comes at once in order, and an id once', async () => {
      const { store } = world();
      const cats = await makeProject(world(), 'recorded');
      const recorder = openRecorder(store);
      const all = await Promise.all(
        Array.from({ length: 1200 }, (_, i) => recorder.record([comparison(cats, `vote-${i % 1000}`)])),
      );
      expect(all.flat().filter((recorded) => recorded === 'recorded')).toHaveLength(1000);
      const mine = eq(comparisons.projectId, cats);
      expect(await store.db.select({ n: count() }).from(comparisons).where(mine)).toEqual([{ n: 1000 }]);
      const [first] = await store.db.select().from(comparisons).where(mine).limit(1);
      expect(first).toMatchObject({ prompt: comparison('', '').record.prompt, shown: [1, 0], raterId: null });
    });

    it('rejects the one that the database refuses, and records those that waited with it', async () => {
      const cats = await makeProject(world(), 'refusing');
      const recorder = openRecorder(world().store);
      const lost = recorder.record([comparison('no-such-project', 'lost')]);
      const kept = recorder.record([comparison(cats, 'kept')]);
      await expect(lost).rejects.toThrow();
      expect(await kept).toEqual(['recorded']);
    });
  });
}
