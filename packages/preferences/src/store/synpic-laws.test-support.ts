import { describe, expect, it } from 'vitest';
import { type SynpicKind, synpicResults } from './schema.js';
import type { StoreWorld } from './store-world.test-support.js';
import { beginSynpicPlan, synpicPace } from './synpic-results.js';

/** What every store says of a Syn-Pic job. */
export function synpicLaws(world: () => StoreWorld): void {
  describe('the pace of a Syn-Pic job', () => {
    const record = async (
      plan: string,
      done: readonly { kind?: SynpicKind; worker?: string; began: number; ended: number; opening?: number }[],
    ) => {
      await beginSynpicPlan(world().store, plan, {});
      const rows = done.map(({ kind = 'generate', worker = 'a', began, ended, opening = 0 }, i) => ({
        ...{ plan, job: `${i}`, kind, source: 'x', worker, cpuSeconds: 0, openingSeconds: opening },
        ...{ wallSeconds: ended - began - opening, finishedAt: new Date(Date.UTC(2026, 0, 1) + 1000 * ended) },
      }));
      await world().store.db.insert(synpicResults).values(rows);
      return synpicPace(world().store, plan);
    };

    it('is nothing before anything is done', async () =>
      expect(await record('pace-none', [{ began: 5, ended: 5 }])).toEqual({
        seconds: 0,
        pictures: 0,
        scores: 0,
        workers: 0,
      }));

    it('counts time in which several work once, with short waits and the opening of models, and no long pause', async () => {
      const pace = await record('pace-some', [
        { began: 0, ended: 10, opening: 4 },
        { worker: 'b', began: 2, ended: 6 },
        { worker: 'b', kind: 'score', began: 8, ended: 14 },
        { began: 20, ended: 25 },
        { began: 3625, ended: 3630 },
      ]);
      expect(pace).toEqual({ seconds: 30, pictures: 4, scores: 1, workers: 2 });
    });
  });
}
