import type { Leaderboard, Statistics } from '@bradley/arena-contract';
import { insertComparisons, joinProject, type NewComparison, setWithdrawn, tables } from '@bradley/preferences';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Client, client, type TestArena, testArena } from '../arena.test-support.js';
import { informativenessBy } from '../voting/informative.js';

let test: TestArena;
let ask: Client;
const raters: string[] = [];
beforeAll(async () => {
  test = await testArena();
  ask = await client(test);
  const { store } = test.arena;
  await ask('POST', '/api/projects', { id: 'cats', name: 'Cats', settings: { modality: 'text' } });
  for (const name of ['Ada', 'Bob']) {
    const joined = await joinProject(store, { projectId: 'cats', userId: name, name, role: 'rater' });
    raters.push(joined?.raterId ?? '');
  }
  const expected = { kind: 'winner', index: 0 } as const;
  const gold = { projectId: 'cats', prompt: 'gold', candidates: [], purpose: 'gold', expected } as const;
  await store.db.insert(tables.tasks).values({ ...gold, id: 'known', candidates: [] });
  await insertComparisons(store, [...judgements(), golden('g0', 0, 0), golden('g1', 1, 1)]);
});
afterAll(() => test.close());

/** Both judge the same 40 pairs of a and b; Ada says a thrice out of four, Bob the same but for every tenth. */
function judgements(): NewComparison[] {
  return [0, 1].flatMap((who) =>
    Array.from({ length: 40 }, (_, i): NewComparison => {
      const says = i % 4 === 0 ? 1 : 0;
      const index = who === 1 && i % 10 === 0 ? 1 - says : says;
      return {
        ...{ projectId: 'cats', source: 'arena', taskId: `t${i}` },
        record: {
          ...{ id: `${who}-${i}`, prompt: `p${i}`, question: 'overall', rater: raters[who], shown: [0, 1] },
          candidates: [
            { media: `${i}a`, model: 'a' },
            { media: `${i}b`, model: 'b' },
          ],
          outcome: { kind: 'winner', index },
          ...{ milliseconds: who === 0 ? 1000 + i : 200, at: `2020-0${1 + who}-01T12:00:00.000Z` },
        },
      };
    }),
  );
}

const golden = (id: string, who: number, index: number): NewComparison => ({
  ...{ projectId: 'cats', source: 'arena', taskId: 'known', purpose: 'gold' },
  record: {
    ...{ id, prompt: 'gold', question: 'overall', rater: raters[who], candidates: [{ media: 'x' }, { media: 'y' }] },
    outcome: { kind: 'winner', index },
  },
});

const statistics = async () => (await (await ask('GET', '/api/projects/cats/statistics')).json()) as Statistics;
const leaderboard = async (question = 'overall') =>
  (await (await ask('GET', `/api/projects/cats/leaderboard?question=${question}`)).json()) as Leaderboard;

describe('statistics', () => {
  it('count what was judged, by whom, when and how fast', async () => {
    const found = await statistics();
    expect(found).toMatchObject({ comparisons: 82, withdrawn: 0, raters: 2, kinds: { winner: 82 } });
    expect(found.perDay.slice(0, 2)).toEqual([
      { day: '2020-01-01', comparisons: 40 },
      { day: '2020-02-01', comparisons: 40 },
    ]);
    const [ada, bob] = ['Ada', 'Bob'].map((name) => found.perRater.find((one) => one.name === name));
    expect(ada).toMatchObject({ comparisons: 41, median: 1019.5, tooFast: { count: 0, total: 40 } });
    expect(bob?.tooFast).toMatchObject({ count: 40, total: 40 });
    expect(ada?.gold).toMatchObject({ count: 1, total: 1 });
    expect(bob?.gold).toMatchObject({ count: 0, total: 1 });
    expect(ada?.withOthers).toMatchObject({ count: 36, total: 40 });
    expect(ada?.first).toMatchObject({ count: 30, total: 40 });
  });

  it('say how far raters agree, leaving out tasks whose answer is known', async () => {
    const [overall] = (await statistics()).questions;
    expect(overall).toMatchObject({ id: 'overall', comparisons: 80, alpha: { units: 40, why: null } });
    const { value, low, high } = overall?.alpha ?? { value: null, low: null, high: null };
    expect(value).toBeGreaterThan(0.7);
    expect([low, high].every((bound) => bound !== null)).toBe(true);
  });

  it('follow what is withdrawn', async () => {
    const edit = { projectId: 'cats', id: '0-0', actor: 'local', reason: 'a test' };
    await setWithdrawn(test.arena.store, edit, true);
    const follows = async () => expect(await statistics()).toMatchObject({ comparisons: 81, withdrawn: 1 });
    await vi.waitFor(follows, { timeout: 120_000, interval: 200 });
    await setWithdrawn(test.arena.store, edit, false);
  });
});

describe('the leaderboard', () => {
  it('ranks models with intervals', async () => {
    const { standings, comparisons } = await leaderboard();
    expect(comparisons).toBeGreaterThanOrEqual(79);
    expect(standings.map(({ name }) => name)).toEqual(['a', 'b']);
    const [best] = standings;
    expect(best?.low).toBeLessThan(best?.strength ?? 0);
    expect(best?.high).toBeGreaterThan(best?.strength ?? 0);
  });

  it('says why there is none', async () => {
    expect(await leaderboard('fit')).toMatchObject({ standings: [], why: 'No comparison of two models yet.' });
  });

  it('says what is most informative: whom nobody has met, and never a model against itself', async () => {
    let posterior = test.arena.insight.posterior('cats', 'overall');
    for (; posterior === null; posterior = test.arena.insight.posterior('cats', 'overall'))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const value = informativenessBy(posterior);
    const of = (...models: string[]) => value?.(models.map((model) => ({ model }))) ?? Number.NaN;
    expect(of('a', 'a')).toBe(0);
    expect(of('a', 'new')).toBeGreaterThan(of('a', 'b'));
    expect(of('a', 'b')).toBeGreaterThan(0);
  });
});
