import { claimSetUp, tables } from '@bradley/preferences';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, firstOwner, type TestArena, testArena } from '../arena.test-support.js';

let test: TestArena;
let owner: Client;
beforeAll(async () => {
  test = await testArena({ mode: 'team' });
  owner = await firstOwner(test);
  await owner('POST', '/api/projects', { id: 'cats', name: 'Cats' });
  await owner('POST', '/api/projects', { id: 'dogs', name: 'Dogs' });
});
afterAll(() => test.close());

const password = 'correct horse battery';
const invite = async (project: string): Promise<string> => {
  const made = await owner('POST', `/api/projects/${project}/invites`, { role: 'rater', uses: 1 });
  return ((await made.json()) as { link: string }).link.split('#')[1] ?? '';
};

describe('an invite for one', () => {
  it('is still good for who has an account, forgot it, and signs in then as he is told', async () => {
    const account = { email: 'bo@team.example', password };
    const bo = await client(test);
    const first = await bo('POST', '/api/invites/accept', { secret: await invite('cats'), name: 'Bo', account });
    expect(first.status).toBe(200);
    await bo('DELETE', '/api/session');
    const secret = await invite('dogs');
    const again = await bo('POST', '/api/invites/accept', { secret, name: 'Bo', account });
    expect(await again.json()).toMatchObject({ code: 'exists' });
    expect((await bo('POST', '/api/session', account)).status).toBe(204);
    expect((await bo('POST', '/api/invites/accept', { secret, name: 'Bo' })).status).toBe(200);
    const third = await (await client(test))('POST', '/api/invites/accept', { secret, name: 'Cy' });
    expect(third.status).toBe(404);
  });

  it('is good for one of many who open it at once', async () => {
    const secret = await invite('cats');
    const all = await Promise.all(Array.from({ length: 6 }, () => client(test)));
    const tries = await Promise.all(all.map((send) => send('POST', '/api/invites/accept', { secret, name: 'Dee' })));
    expect(tries.map(({ status }) => status).toSorted()).toEqual([200, 404, 404, 404, 404, 404]);
  });
});

it('setting up that was killed half-way can be done again a minute later', async () => {
  const fresh = await testArena({ mode: 'team' });
  const { store } = fresh.arena;
  expect([await claimSetUp(store), await claimSetUp(store)]).toEqual([true, false]);
  await store.db.update(tables.verifications).set({ expiresAt: new Date(Date.now() - 1) });
  expect((await (await firstOwner(fresh))('GET', '/api/projects')).status).toBe(200);
  await fresh.close();
});
