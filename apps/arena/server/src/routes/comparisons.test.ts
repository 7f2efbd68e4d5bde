import type { comparisonPageSchema, StoredComparison } from '@bradley/arena-contract';
import { addTasks, insertComparisons, joinProject, listAudit, type NewComparison } from '@bradley/preferences';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type Client, client, type TestArena, testArena } from '../arena.test-support.js';

type Page = z.infer<typeof comparisonPageSchema>;

let test: TestArena;
let ask: Client;
let rater: string;
beforeAll(async () => {
  test = await testArena();
  ask = await client(test);
  const { store } = test.arena;
  await ask('POST', '/api/projects', { id: 'cats', name: 'Cats', settings: { modality: 'text' } });
  rater = (await joinProject(store, { projectId: 'cats', userId: 'eva', name: 'Eva', role: 'rater' }))?.raterId ?? '';
  await insertComparisons(
    store,
    Array.from({ length: 25 }, (_, i) => comparison(i)),
  );
});
afterAll(() => test.close());

const comparison = (i: number): NewComparison => ({
  projectId: 'cats',
  source: 'import:one',
  purpose: i % 5 === 0 ? 'gold' : 'ordinary',
  record: {
    id: `c${i}`,
    prompt: i % 2 ? `A 100% cat no. ${i}` : `a dog_ no. ${i}`,
    candidates: [
      { media: `${i} a`, model: 'a' },
      { media: `${i} b`, model: i % 3 ? 'b' : 'c' },
    ],
    outcome: i % 4 ? { kind: 'winner', index: 1 } : { kind: 'tie' },
    question: 'overall',
    ...(i < 10 && { rater }),
  },
});
const browse = async (query = ''): Promise<Page> =>
  (await ask('GET', `/api/projects/cats/comparisons?${query}`)).json() as Promise<Page>;
const ids = ({ comparisons }: Page) => comparisons.map(({ id }) => id);
const change = (method: string, id: string, body: unknown, path = '') =>
  ask(method, `/api/projects/cats/comparisons/${id}${path}`, body);

describe('browsing comparisons', () => {
  it('goes through all of them, newest first, a page at a time', async () => {
    const seen: string[] = [];
    for (let before: string | null = ''; before !== null; ) {
      const page: Page = await browse(`limit=10${before && `&before=${before}`}`);
      expect(page.total).toBe(25);
      seen.push(...ids(page));
      before = page.next;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `c${24 - i}`));
  });

  it('filters by what was asked, said, shown, and by whom; a filter is text and no pattern', async () => {
    expect((await browse('prompt=CAT')).total).toBe(12);
    expect((await browse('prompt=100%25')).total).toBe(12);
    expect((await browse('prompt=_')).total).toBe(13);
    expect((await browse('kind=tie')).total).toBe(7);
    expect((await browse('model=c')).total).toBe(9);
    expect((await browse('purpose=gold')).total).toBe(5);
    expect((await browse(`rater=${rater}`)).comparisons[0]).toMatchObject({ raterName: 'Eva', rater });
    expect((await browse(`rater=${rater}&kind=winner&model=b`)).total).toBe(4);
    expect((await browse(`prompt=${encodeURIComponent("'; drop table comparisons; --")}`)).total).toBe(0);
    expect((await ask('GET', '/api/projects/cats/comparisons?before=1%20or%201')).status).toBe(400);
  });
});

describe('correcting a comparison', () => {
  it('changes its outcome, and notes what it was, who did it and why', async () => {
    const answer = await change('PATCH', 'c1', { outcome: { kind: 'winner', index: 0 }, reason: 'clicked wrong' });
    expect((await answer.json()) as StoredComparison).toMatchObject({
      outcome: { index: 0 },
      corrections: 1,
      raterName: 'Eva',
    });
    const [entry] = await listAudit(test.arena.store, 'cats', 1);
    const detail = {
      before: { kind: 'winner', index: 1 },
      after: { kind: 'winner', index: 0 },
      reason: 'clicked wrong',
    };
    expect(entry).toMatchObject({ action: 'comparison.correct', subject: 'c1', actor: 'local', detail });
  });

  it('is refused where the outcome fits no record of it, without a reason, and for one that is not there', async () => {
    const outcome = { kind: 'winner', index: 2 };
    const refused = await change('PATCH', 'c2', { outcome, reason: 'because' });
    expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([
      400,
      "outcome: the winner's index is 2, but there are 2 candidates",
    ]);
    expect((await change('PATCH', 'c2', { outcome: { kind: 'tie' }, reason: ' ' })).status).toBe(400);
    expect((await change('PATCH', 'c99', { outcome: { kind: 'tie' }, reason: 'because' })).status).toBe(404);
    expect((await browse('prompt=no. 2')).comparisons.every(({ corrections }) => corrections === 0)).toBe(true);
  });
});

describe('withdrawing a comparison', () => {
  it('takes it out of what is browsed, and restoring puts it back; both are noted', async () => {
    expect((await change('DELETE', 'c3', { reason: 'not a cat' })).status).toBe(200);
    expect([(await browse()).total, ids(await browse('withdrawn=true'))]).toEqual([24, ['c3']]);
    await change('DELETE', 'c3', { reason: 'again' });
    expect((await change('POST', 'c3', { reason: 'it is one' }, '/restore')).status).toBe(200);
    expect((await browse()).total).toBe(25);
    const trail = await listAudit(test.arena.store, 'cats', 2);
    expect(trail.map(({ action, detail }) => [action, detail])).toEqual([
      ['comparison.restore', { reason: 'it is one' }],
      ['comparison.withdraw', { reason: 'not a cat' }],
    ]);
  });

  it('opens its task again', async () => {
    await addTasks(test.arena.store, 'cats', [{ prompt: 'p', candidates: [{ media: 'x' }, { media: 'y' }] }]);
    test.arena.voting.projects.clear();
    const next = async () =>
      (await (await ask('GET', '/api/projects/cats/next?count=1')).json()) as { presentations: { token: string }[] };
    const [shown] = (await next()).presentations;
    const answers = { overall: { kind: 'tie' } };
    const voted = await ask('POST', '/api/projects/cats/votes', { token: shown?.token, answers, milliseconds: 1 });
    const [id = ''] = ((await voted.json()) as { ids: string[] }).ids;
    expect((await next()).presentations).toEqual([]);
    await change('DELETE', id, { reason: 'a mistake' });
    expect((await next()).presentations).toHaveLength(1);
  });
});
