import type { Project } from '@bradley/arena-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, type TestArena, testArena } from '../arena.test-support.js';

let test: TestArena;
let send: Client;
beforeAll(async () => {
  test = await testArena();
  send = await client(test);
});
afterAll(() => test.close());

describe('projects', () => {
  it('are made with the settings given and the defaults of the others', async () => {
    const made = await send('POST', '/api/projects', { id: 'cats', name: 'Cats', settings: { candidates: 4 } });
    expect(made.status).toBe(201);
    const project = (await made.json()) as Project;
    expect(project).toMatchObject({ id: 'cats', role: 'owner', comparisons: 0, tasks: 0, draws: false });
    expect(project.settings).toMatchObject({ candidates: 4, votesPerTask: 1, allowTie: true });
    expect(await (await send('GET', '/api/projects')).json()).toEqual([project]);
  });

  it('keep what a change does not mention', async () => {
    const changed = await send('PATCH', '/api/projects/cats', { settings: { allowTie: false } });
    expect(((await changed.json()) as Project).settings).toMatchObject({ candidates: 4, allowTie: false });
  });

  it('have an id of their own', async () => {
    const again = await send('POST', '/api/projects', { id: 'cats', name: 'Other cats' });
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ code: 'exists' });
  });

  it('say everything that is wrong with them at once', async () => {
    const made = await send('POST', '/api/projects', { id: '../x', name: '', settings: { candidates: 99 } });
    expect(made.status).toBe(400);
    const { issues } = (await made.json()) as { issues: { path: string }[] };
    expect(issues.map(({ path }) => path)).toEqual(['id', 'name', 'settings.candidates']);
  });

  it('leave something to be asked for its own sake', async () => {
    const checks = { goldShare: 0.5, attentionShare: 0.3 };
    const made = await send('POST', '/api/projects', { id: 'checked', name: 'Checked', settings: checks });
    expect(made.status).toBe(201);
    const more = await send('PATCH', '/api/projects/checked', { settings: { repeatShare: 0.1 } });
    expect(more.status).toBe(400);
    expect(await more.json()).toMatchObject({ error: expect.stringContaining('80 % of what is shown at most') });
    const both = { ...checks, repeatShare: 0.5 };
    expect((await send('POST', '/api/projects', { id: 'all', name: 'All', settings: both })).status).toBe(400);
  });

  it('that are not there are not found', async () => {
    expect((await send('GET', '/api/projects/dogs')).status).toBe(404);
    expect((await send('PATCH', '/api/projects/dogs', { name: 'Dogs' })).status).toBe(404);
  });
});
