import type { nextSchema, Presentation, ProjectSettings, voteResultSchema } from '@bradley/arena-contract';
import { addTasks, type NewTask, tables } from '@bradley/preferences';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type Client, client, type TestArena, testArena } from '../arena.test-support.js';

type Next = z.infer<typeof nextSchema>;
type VoteResult = z.infer<typeof voteResultSchema>;

let test: TestArena;
let ask: Client;
beforeAll(async () => {
  test = await testArena();
  ask = await client(test);
});
afterAll(() => test.close());

const task = (name: string, more: Partial<NewTask> = {}): NewTask => ({
  prompt: name,
  candidates: [
    { media: `${name} by a`, model: 'a' },
    { media: `${name} by b`, model: 'b' },
  ],
  ...more,
});

let projects = 0;
/** A project of texts with tasks, by its id. */
async function project(settings: Partial<ProjectSettings>, tasks: readonly NewTask[]): Promise<string> {
  const id = `texts-${++projects}`;
  const made = await ask('POST', '/api/projects', { id, name: 'Texts', settings: { modality: 'text', ...settings } });
  expect(made.status).toBe(201);
  await addTasks(test.arena.store, id, tasks);
  return id;
}
const tasks = (n: number) => Array.from({ length: n }, (_, i) => task(`task ${i}`));
const next = async (id: string, count = 1, more = ''): Promise<Next> =>
  (await ask('GET', `/api/projects/${id}/next?count=${count}${more}`)).json() as Promise<Next>;
const only = async (id: string): Promise<Presentation> => {
  const [presentation] = (await next(id)).presentations;
  if (!presentation) throw new Error('nothing is open');
  return presentation;
};
const vote = (id: string, token: string, answers: unknown = { overall: { kind: 'winner', position: 0 } }) =>
  ask('POST', `/api/projects/${id}/votes`, { token, answers, milliseconds: 900 });
const stored = async (id: string) =>
  (await test.arena.store.db.select().from(tables.comparisons)).filter(({ projectId }) => projectId === id);
const problem = async (response: Response) => ({
  status: response.status,
  ...((await response.json()) as { code: string; error: string }),
});

describe('what is next', () => {
  it('shows candidates without saying who made them, and each task once', async () => {
    const id = await project({}, tasks(5));
    const first = await next(id, 3);
    const second = await next(id, 3);
    expect([first.presentations.length, second.presentations.length]).toEqual([3, 2]);
    expect(new Set([...first.presentations, ...second.presentations].map(({ prompt }) => prompt)).size).toBe(5);
    expect(JSON.stringify(first.presentations)).not.toContain('"model"');
    expect((await next(id, 3)).presentations).toEqual([]);
  });

  it('shows again what was not answered, under the token it had, to a page that was just loaded', async () => {
    const id = await project({}, tasks(4));
    const { presentations } = await next(id, 2);
    const again = await next(id, 3, '&again=true');
    expect(again.presentations.slice(0, 2)).toEqual(presentations);
    expect(again).toMatchObject({ presentations: { length: 3 }, done: 0, open: 4 });
  });

  it('puts either candidate first, at random', async () => {
    const id = await project({}, tasks(40));
    const firsts = [];
    for (let i = 0; i < 5; i++)
      firsts.push(...(await next(id, 8)).presentations.map(({ candidates }) => candidates[0]?.text?.at(-1)));
    expect(new Set(firsts)).toEqual(new Set(['a', 'b']));
  });

  it('shows what was put ahead before anything else', async () => {
    const id = await project({}, [...tasks(20), task('mine', { ahead: true }), task('mine too', { ahead: true })]);
    expect((await next(id, 3)).presentations.slice(0, 2).map(({ prompt }) => prompt)).toEqual(['mine', 'mine too']);
  });

  it('keeps no more for one rater than he can look at, however much he asks for', async () => {
    const id = await project({}, tasks(60));
    for (let i = 0; i < 20; i++) expect((await next(id, 8)).presentations).toHaveLength(8);
  });

  it('asks for consent first, in the words of the day', async () => {
    const id = await project({ consent: 'We keep what you choose.' }, tasks(2));
    expect(await problem(await ask('GET', `/api/projects/${id}/next`))).toMatchObject({ status: 403, code: 'consent' });
    const agree = (text: string) => ask('POST', `/api/projects/${id}/consent`, { text });
    expect(await problem(await agree('Something else.'))).toMatchObject({ status: 409, code: 'changed' });
    expect((await agree('We keep what you choose.')).status).toBe(204);
    const { token } = await only(id);
    expect((await vote(id, token)).status).toBe(201);
    await ask('PATCH', `/api/projects/${id}`, { settings: { consent: 'We keep more.' } });
    const { voting } = test.arena;
    voting.projects.clear();
    expect(await problem(await ask('GET', `/api/projects/${id}/next`))).toMatchObject({ code: 'consent' });
  });

  it('forgets nothing that is being shown when somebody agrees', async () => {
    const id = await project({ consent: 'We keep it.' }, tasks(4));
    const agree = () => ask('POST', `/api/projects/${id}/consent`, { text: 'We keep it.' });
    await agree();
    const { presentations } = await next(id, 2);
    expect((await agree()).status).toBe(204);
    expect((await next(id, 2, '&again=true')).presentations).toEqual(presentations);
  });

  it('does not tell by what is left whether the answer is known', async () => {
    const known = { purpose: 'gold', expected: { kind: 'winner', index: 0 } } as const;
    const gold = Array.from({ length: 40 }, (_, i) => task(`gold ${i}`, known));
    const id = await project({ goldShare: 0.5 }, [...tasks(20), ...gold]);
    const told: number[] = [];
    for (let i = 0; i < 8; i++) {
      const { presentations, open } = await next(id);
      told.push(open);
      await vote(id, presentations[0]?.token ?? '');
    }
    expect(new Set(told)).toEqual(new Set([20]));
  });

  it('mixes in gold, attention and repeats in their shares, a repeat never beside a repeat', async () => {
    // About 30 of each: that there are three at most of one comes once in 10⁹ times.
    const shares = { goldShare: 0.2, attentionShare: 0.2, repeatShare: 0.3 };
    const known = { expected: { kind: 'winner', index: 0 } } as const;
    const id = await project(shares, [
      ...tasks(60),
      ...Array.from({ length: 40 }, (_, i) => task(`gold ${i}`, { purpose: 'gold', ...known })),
      ...Array.from({ length: 40 }, (_, i) => task(`look ${i}`, { purpose: 'attention', ...known })),
    ]);
    for (let open = true; open; ) {
      const { presentations } = await next(id);
      for (const { token } of presentations) await vote(id, token);
      open = presentations.length > 0;
    }
    const rows = (await stored(id)).sort((a, b) => a.seq - b.seq);
    const of = (purpose: string) => rows.filter((row) => row.purpose === purpose).length;
    expect(of('ordinary')).toBe(60);
    for (const purpose of ['gold', 'attention', 'repeat']) expect(of(purpose)).toBeGreaterThan(3);
    for (const [i, row] of rows.entries()) {
      if (row.purpose !== 'repeat') continue;
      expect(rows[i - 1]?.purpose).not.toBe('repeat');
      const before = rows.findIndex(({ taskId }) => taskId === row.taskId);
      expect(i - before).toBeGreaterThan(5);
      expect(rows[before]?.purpose).toBe('ordinary'); // known answers are not asked twice
    }
    const repeated = rows.filter(({ purpose }) => purpose === 'repeat').map(({ taskId }) => taskId);
    expect(new Set(repeated).size).toBe(repeated.length);
  });
});

describe('a vote', () => {
  it('is recorded as what stood where the rater pointed, and once however often it is sent', async () => {
    const id = await project({}, tasks(1));
    const { token, candidates } = await only(id);
    const answers = { overall: { kind: 'winner', position: 1 } };
    const sent = await Promise.all([vote(id, token, answers), vote(id, token, answers)]);
    expect(sent.map(({ status }) => status).sort()).toEqual([200, 201]);
    const results = (await Promise.all(sent.map((one) => one.json()))) as VoteResult[];
    const late = await vote(id, token);
    expect([late.status, ((await late.json()) as VoteResult).duplicate]).toEqual([200, true]);
    const rows = await stored(id);
    expect(rows).toHaveLength(1);
    const [row] = rows;
    expect(results[0]?.ids).toEqual([row?.id]);
    const { outcome } = row as { outcome: { kind: string; index: number } };
    expect(row?.candidates[outcome.index]?.media).toBe(candidates[1]?.text);
    expect(row).toMatchObject({ milliseconds: 900, source: 'arena', purpose: 'ordinary', shown: { length: 2 } });
    expect((await next(id)).done).toBe(1);
  });

  it('counts once for a task that was shown to its rater twice', async () => {
    const id = await project({}, tasks(1));
    const shown = [await only(id)];
    test.arena.voting.projects.clear(); // as after a restart
    shown.push(await only(id));
    expect((await vote(id, shown[0]?.token ?? '')).status).toBe(201);
    expect(await problem(await vote(id, shown[1]?.token ?? ''))).toMatchObject({ status: 409, code: 'answered' });
    expect((await vote(id, shown[0]?.token ?? '')).status).toBe(200);
    expect(await stored(id)).toHaveLength(1);
  });

  it('survives a restart of the server', async () => {
    const id = await project({}, tasks(3));
    const { token } = await only(id);
    test.arena.voting.projects.clear();
    expect((await vote(id, token)).status).toBe(201);
    const left = await next(id, 8);
    expect(left).toMatchObject({ presentations: { length: 2 }, done: 1 });
  });

  it('answers every question, in positions that were there, as the project allows', async () => {
    const questions = [
      { id: 'overall', text: 'Which?' },
      { id: 'prompt', text: 'Which fits?' },
    ];
    const id = await project({ questions, allowTie: false }, tasks(2));
    const { token } = await only(id);
    const winner = (position: number) => ({ kind: 'winner', position });
    for (const [answers, path] of [
      [{ overall: winner(0) }, 'answers.prompt'],
      [{ overall: winner(0), prompt: winner(2) }, 'answers.prompt'],
      [{ overall: winner(0), prompt: { kind: 'tie' } }, 'answers.prompt'],
      [{ overall: winner(0), prompt: winner(0), taste: winner(0) }, 'answers.taste'],
    ] as const) {
      const refused = await vote(id, token, answers);
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ issues: [{ path }] });
    }
    expect(await stored(id)).toEqual([]);
    const { ids } = (await (await vote(id, token, { overall: winner(0), prompt: winner(1) })).json()) as VoteResult;
    expect(ids.map((one) => one.split('.')[1])).toEqual(['overall', 'prompt']);
  });

  it('asks only the new question where one was added', async () => {
    const overall = { id: 'overall', text: 'Which?' };
    const id = await project({ questions: [overall] }, tasks(1));
    await vote(id, (await only(id)).token);
    await ask('PATCH', `/api/projects/${id}`, {
      settings: { questions: [overall, { id: 'fit', text: 'Which fits?' }] },
    });
    test.arena.voting.projects.clear();
    const { token, questions } = await only(id);
    expect(questions.map((question) => question.id)).toEqual(['fit']);
    expect((await vote(id, token, { fit: { kind: 'tie' } })).status).toBe(201);
    expect((await next(id)).presentations).toEqual([]);
  });

  it('with a token that was made elsewhere, or for another project, is refused', async () => {
    const [id, other] = [await project({}, tasks(1)), await project({}, tasks(1))];
    const { token } = await only(id);
    expect(await problem(await vote(other, token))).toMatchObject({ status: 403, code: 'not-yours' });
    expect(await problem(await vote(id, `${token.slice(0, -2)}AA`))).toMatchObject({ status: 400, code: 'bad-token' });
    const { seal } = test.arena.voting;
    const sealed = seal.open(token);
    if (typeof sealed === 'string') throw new Error(sealed);
    const old = seal.seal({ ...sealed, issuedAt: Date.now() - 25 * 3_600_000 });
    expect(await problem(await vote(id, old))).toMatchObject({ status: 410, code: 'expired' });
    const strangers = seal.seal({ ...sealed, rater: 'somebody-else' });
    expect(await problem(await vote(id, strangers))).toMatchObject({ status: 403, code: 'not-yours' });
    expect(await stored(id)).toEqual([]);
  });

  it('that skips leaves the task to others, and to its rater no more', async () => {
    const id = await project({}, tasks(1));
    await vote(id, (await only(id)).token, { overall: { kind: 'skip' } });
    expect((await next(id)).presentations).toEqual([]);
    const state = await test.arena.voting.projects.get(id);
    expect(state?.index.free.others).toHaveLength(1);
  });

  it('ranks where there are more than two', async () => {
    const three = ['a', 'b', 'c'].map((model) => ({ media: `text by ${model}`, model }));
    const id = await project({ candidates: 3 }, [{ prompt: 'p', candidates: three }]);
    const { token, candidates } = await only(id);
    await vote(id, token, { overall: { kind: 'ranking', positions: [2, 0, 1] } });
    const [outcome] = (await stored(id)).map((row) => row.outcome);
    const order = outcome?.kind === 'ranking' ? outcome.order : [];
    expect(order.map((index) => three[index]?.media)).toEqual([2, 0, 1].map((position) => candidates[position]?.text));
  });
});

describe('undo', () => {
  it('takes the answer back and shows the same, in the same order, to be answered anew', async () => {
    const id = await project({}, tasks(1));
    const shown = await only(id);
    await vote(id, shown.token);
    const undone = await ask('POST', `/api/projects/${id}/votes/undo`, { token: shown.token });
    const { presentation, done } = (await undone.json()) as { presentation: Presentation; done: number };
    expect(done).toBe(0);
    expect({ ...presentation, token: '' }).toEqual({ ...shown, token: '' });
    expect(await problem(await vote(id, shown.token))).toMatchObject({ status: 409, code: 'withdrawn' });
    expect((await vote(id, presentation.token)).status).toBe(201);
    expect((await stored(id)).map(({ withdrawnAt }) => withdrawnAt === null).sort()).toEqual([false, true]);
  });

  it('is refused where there is nothing to take back', async () => {
    const id = await project({}, tasks(1));
    const { token } = await only(id);
    expect((await ask('POST', `/api/projects/${id}/votes/undo`, { token })).status).toBe(404);
  });
});
