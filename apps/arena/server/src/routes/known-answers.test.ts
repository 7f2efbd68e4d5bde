import type { Statistics, StoredComparison } from '@bradley/arena-contract';
import { insertComparisons } from '@bradley/preferences';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, firstOwner, invited, type TestArena, testArena } from '../arena.test-support.js';

let test: TestArena;
let owner: Client;
let rater: Client;
beforeAll(async () => {
  test = await testArena({ mode: 'team' });
  owner = await firstOwner(test);
  const settings = { modality: 'text', votesPerTask: 2, goldShare: 0.5, repeatShare: 0.3, draw: false };
  await owner('POST', '/api/projects', { id: 'texts', name: 'Texts', settings });
  rater = await invited(test, owner, { project: 'texts', role: 'rater', name: 'Rater' });
  // Of so many none is repeated once in 10⁸ times.
  const tasks = Array.from({ length: 60 }, (_, i) => ({
    prompt: `p${i}`,
    candidates: ['a', 'b'].map((model) => ({ text: `${model}${i}`, model })),
  }));
  await owner('POST', '/api/projects/texts/tasks', { tasks });
});
afterAll(() => test.close());

interface Shown {
  readonly token: string;
  readonly prompt: string;
  readonly candidates: { text: string }[];
}
/** The rater chooses a whatever is asked. Returns the prompts in the order they came. */
async function answerAll(who: Client, count: number): Promise<string[]> {
  const prompts: string[] = [];
  while (prompts.length < count) {
    const { presentations } = (await (await who('GET', '/api/projects/texts/next?count=1')).json()) as {
      presentations: Shown[];
    };
    const [shown] = presentations;
    if (!shown) break;
    const position = shown.candidates.findIndex(({ text }) => text.startsWith('a'));
    const answers = { overall: { kind: 'winner', position } };
    await who('POST', '/api/projects/texts/votes', { token: shown.token, answers, milliseconds: 900 });
    prompts.push(shown.prompt);
  }
  return prompts;
}
const page = async (query = '') =>
  (
    (await (await owner('GET', `/api/projects/texts/comparisons?limit=200${query}`)).json()) as {
      comparisons: StoredComparison[];
    }
  ).comparisons;
const known = (id: string, body: unknown) => owner('PUT', `/api/projects/texts/comparisons/${id}/known`, body);

describe('a comparison whose answer is known', () => {
  it('becomes a task that tests those who come after, and no longer an ordinary one', async () => {
    await answerAll(owner, 6);
    const marked = (await page('&purpose=ordinary')).slice(0, 4);
    for (const [i, { id, candidates }] of marked.entries()) {
      const index = candidates.findIndex(({ model }) => model === (i === 0 ? 'b' : 'a'));
      const answer = await known(id, { purpose: 'gold', expected: { kind: 'winner', index } });
      expect(await answer.json()).toMatchObject({
        id,
        known: { purpose: 'gold', expected: { kind: 'winner', index } },
      });
    }
    await answerAll(rater, 500);
    const theirs = (await page()).filter(({ raterName }) => raterName === 'Rater');
    const asGold = theirs.filter(({ purpose }) => purpose === 'gold');
    expect(asGold.map(({ prompt }) => prompt).toSorted()).toEqual(marked.map(({ prompt }) => prompt).toSorted());
    const ordinary = theirs.filter(({ purpose }) => purpose === 'ordinary').map(({ prompt }) => prompt);
    expect(ordinary).toHaveLength(56);

    const { perRater } = (await (await owner('GET', '/api/projects/texts/statistics')).json()) as Statistics;
    const found = perRater.find(({ name }) => name === 'Rater');
    expect(found?.gold).toMatchObject({ count: 3, total: 4 });
    const repeats = theirs.filter(({ purpose }) => purpose === 'repeat').length;
    expect(repeats).toBeGreaterThan(0);
    expect(found?.withSelf).toMatchObject({ count: repeats, total: repeats });
  });

  it('is ordinary again where that is taken back, and both are in the audit trail', async () => {
    const [marked] = (await page()).filter((one) => one.known);
    const back = await owner('DELETE', `/api/projects/texts/comparisons/${marked?.id}/known`);
    expect(await back.json()).toMatchObject({ known: null });
    const trail = (await (await owner('GET', '/api/projects/texts/audit')).json()) as { entries: { action: string }[] };
    expect(trail.entries.slice(0, 2).map(({ action }) => action)).toEqual(['task.ordinary', 'task.known']);
  });

  it('is made a task where it came by an import, unless its candidates are not here', async () => {
    const record = (id: string, kind?: 'text') => ({
      ...{ projectId: 'texts', source: 'import:one' },
      record: {
        ...{ id, prompt: 'imported', question: 'overall', outcome: { kind: 'winner', index: 0 } as const },
        candidates: ['a', 'b'].map((media) => ({
          media: `https://x.example/${media}`,
          model: media,
          ...(kind && { kind }),
        })),
      },
    });
    await insertComparisons(test.arena.store, [record('far'), record('near', 'text')]);
    const expected = { kind: 'winner', index: 0 };
    expect((await known('far', { purpose: 'attention', expected })).status).toBe(409);
    expect(await (await known('near', { purpose: 'attention', expected })).json()).toMatchObject({
      known: { purpose: 'attention', expected },
    });
    const none = { purpose: 'gold', expected: { kind: 'winner', index: 2 } };
    expect((await known('near', none)).status).toBe(400);
    expect((await known('nowhere', { purpose: 'gold', expected })).status).toBe(404);
  });
});
