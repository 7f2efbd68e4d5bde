import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Project } from '@bradley/arena-contract';
import { encodePng } from '@bradley/formats';
import { addTraining, createProject, findProject, joinProject, planVerdictRound, tables } from '@bradley/preferences';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, firstOwner, invited, type TestArena, testArena } from '../arena.test-support.js';

let test: TestArena;
let owner: Client;
let rater: Client;
beforeAll(async () => {
  test = await testArena({ mode: 'team' });
  owner = await firstOwner(test);
  await owner('POST', '/api/projects', { id: 'cats', name: 'Cats', settings: { modality: 'text', draw: false } });
  rater = await invited(test, owner, { project: 'cats', role: 'rater', name: 'Rater' });
  const candidates = [{ text: 'a' }, { text: 'b' }];
  await owner('POST', '/api/projects/cats/tasks', { tasks: [1, 2].map((n) => ({ prompt: `${n}`, candidates })) });
  const [shown] = await next(rater);
  const answers = { overall: { kind: 'winner', position: 0 } };
  await rater('POST', '/api/projects/cats/votes', { token: shown?.token, answers, milliseconds: 900 });
});
afterAll(() => test.close());

interface Next {
  readonly presentations: { token: string }[];
}
const next = async (who: Client) =>
  ((await (await who('GET', '/api/projects/cats/next')).json()) as Next).presentations;
const listed = async (who: Client) =>
  ((await (await who('GET', '/api/projects')).json()) as Project[]).map(({ id, archivedAt }) => [
    id,
    archivedAt !== null,
  ]);
const status = async (answer: Promise<Response>) => (await answer).status;
const code = async (answer: Promise<Response>) => ((await (await answer).json()) as { code: string }).code;

describe('an archived project', () => {
  it('is hidden from its raters, and there for its owners to be read and nothing else', async () => {
    const [shown] = await next(rater);
    expect(await status(owner('POST', '/api/projects/cats/archive'))).toBe(204);
    expect(await listed(rater)).toEqual([]);
    expect(await listed(owner)).toEqual([['cats', true]]);
    for (const part of ['', '/next', '/statistics'])
      expect(await status(rater('GET', `/api/projects/cats${part}`))).toBe(404);
    const answers = { overall: { kind: 'tie' } };
    expect(
      await status(rater('POST', '/api/projects/cats/votes', { token: shown?.token, answers, milliseconds: 1 })),
    ).toBe(404);
    for (const part of ['', '/statistics', '/comparisons', '/audit', '/members'])
      expect(await status(owner('GET', `/api/projects/cats${part}`)), part).toBe(200);
    expect(await status(owner('GET', '/api/projects/cats/next'))).toBe(404);
    expect(await code(owner('PATCH', '/api/projects/cats', { name: 'Dogs' }))).toBe('archived');
    expect(await code(owner('POST', '/api/projects/cats/tasks', { tasks: [] }))).toBe('archived');
  });

  it('goes on where it was once it is restored, and both are in the audit trail', async () => {
    expect(await status(owner('POST', '/api/projects/cats/restore'))).toBe(204);
    expect(await listed(rater)).toEqual([['cats', false]]);
    expect(await next(rater)).toHaveLength(1);
    const trail = (await (await owner('GET', '/api/projects/cats/audit')).json()) as { entries: { action: string }[] };
    expect(trail.entries.slice(0, 2).map(({ action }) => action)).toEqual(['project.restore', 'project.archive']);
  });
});

describe('deleting a project', () => {
  it('needs its name', async () => {
    expect(await code(owner('DELETE', '/api/projects/cats', { name: 'cats' }))).toBe('another-name');
    expect(await status(rater('DELETE', '/api/projects/cats', { name: 'Cats' }))).toBe(403);
    expect(await findProject(test.arena.store, 'cats')).not.toBeNull();
  });

  it('takes all that is in it, its snapshots and the verdicts on its trainings, and what it alone had of media', async () => {
    const { store, media, folder } = test.arena;
    await owner('POST', '/api/projects', { id: 'dogs', name: 'Dogs' });
    await owner('POST', '/api/projects/dogs/media', await encodePng(new Uint8Array(16 * 16 * 3), 16, 16));
    const [file] = await store.db.select().from(tables.media);
    await store.db.update(tables.media).set({ createdAt: sql`now() - interval '2 days'` });
    expect(await media.get(file?.sha256 ?? '')).not.toBeNull();
    await owner('POST', '/api/projects/cats/keys', { name: 'shop' });
    expect(await status(owner('POST', '/api/projects/cats/snapshots', { name: 'frozen' }))).toBe(201);
    await addTraining(store, { run: 'a-run', projectId: 'cats', snapshot: 'frozen', choices: 1 });
    await createProject(store, { id: 'verdict-a-run', name: 'Verdict', settings: {}, verdictOf: 'a-run' });
    const [member] = await store.db.select().from(tables.raters).where(eq(tables.raters.role, 'owner'));
    await joinProject(store, { projectId: 'verdict-a-run', userId: member?.userId ?? '', name: 'Ada', role: 'owner' });
    await planVerdictRound(store, 'verdict-a-run', 1, []);

    expect(await status(owner('DELETE', '/api/projects/cats', { name: 'Cats' }))).toBe(204);
    expect(await listed(owner)).toEqual([['dogs', false]]);
    expect(await listed(rater)).toEqual([]);
    for (const table of [tables.comparisons, tables.tasks, tables.apiKeys, tables.trainings, tables.verdictRounds])
      expect(await store.db.select().from(table)).toEqual([]);
    expect(await readdir(join(folder, 'snapshots', 'frozen'))).toEqual([]);
    expect(await media.get(file?.sha256 ?? '')).toBeNull();
    const gone = await store.db.select().from(tables.audit).where(eq(tables.audit.action, 'project.delete'));
    expect(gone.map(({ subject }) => subject).toSorted()).toEqual(['cats', 'verdict-a-run']);
  });

  it('lets no verdict that takes its id be seen before it is judged', async () => {
    const { store } = test.arena;
    await owner('POST', '/api/projects', { id: 'reused', name: 'Reused' });
    expect(await status(owner('GET', '/api/projects/reused/comparisons'))).toBe(200);
    expect(await status(owner('DELETE', '/api/projects/reused', { name: 'Reused' }))).toBe(204);
    await createProject(store, { id: 'reused', name: 'Verdict', settings: {}, verdictOf: 'run' });
    const [member] = await store.db.select().from(tables.raters).where(eq(tables.raters.role, 'owner'));
    await joinProject(store, { projectId: 'reused', userId: member?.userId ?? '', name: 'Ada', role: 'owner' });
    expect(await code(owner('GET', '/api/projects/reused/comparisons'))).toBe('blind');
  });

  it('leaves its id to others, who learn nothing of it', async () => {
    expect(await status(owner('POST', '/api/projects', { id: 'cats', name: 'Other cats' }))).toBe(201);
    const trail = (await (await owner('GET', '/api/projects/cats/audit')).json()) as { entries: { action: string }[] };
    expect(trail.entries.map(({ action }) => action)).toEqual(['project.create']);
    expect(await (await owner('GET', '/api/projects/cats/snapshots')).json()).toEqual([]);
    expect(await status((await client(test))('GET', '/api/projects/cats'))).toBe(401);
  });
});
