import { createHmac } from 'node:crypto';
import { tables } from '@bradley/preferences';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, firstOwner, type TestArena, testArena } from '../arena.test-support.js';

let test: TestArena;
let owner: Client;
beforeAll(async () => {
  test = await testArena({ mode: 'team' });
  owner = await firstOwner(test);
});
afterAll(() => test.close());

const email = 'ada@team.example';
const password = 'correct horse battery';
const me = async (send: Client) =>
  ((await (await send('GET', '/api/me')).json()) as { user: { id: string; kind: string; name: string } | null }).user;

describe('a session', () => {
  it('begins with the password, and says no more than that something is wrong', async () => {
    const page = await client(test);
    const wrong = await page('POST', '/api/session', { email, password: 'wrong password' });
    const unknown = await page('POST', '/api/session', { email: 'nobody@team.example', password });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(await wrong.json()).toEqual(await unknown.json());
    expect((await page('POST', '/api/session', { email, password })).status).toBe(204);
    expect(await me(page)).toMatchObject({ name: 'Ada' });
  });

  it('has a cookie that no script reads and no other site sends', async () => {
    const set = (await signIn()).headers.getSetCookie();
    expect(set.length).toBeGreaterThan(1);
    for (const cookie of set) expect(cookie).toMatch(/httponly.*samesite=strict/i);
  });

  it('is never the one that somebody gave in advance', async () => {
    const planted = tokenOf(await signIn());
    const signedIn = await signIn({ cookie: planted });
    expect(tokenOf(signedIn)).not.toBe(planted);
    const forged = 'bradley.session_token=forged.AAAA';
    expect(tokenOf(await signIn({ cookie: forged }))).not.toContain('forged');
    expect(await userBy(forged)).toBeNull();
  });

  it('is not to be had by who reads the database: what lies there is no cookie without the secret of the arena', async () => {
    const cookie = tokenOf(await signIn());
    const [name, value] = cookie.split('=') as [string, string];
    const stored = (await test.arena.store.db.select({ token: tables.sessions.token }).from(tables.sessions)).map(
      ({ token }) => token,
    );
    expect(stored.some((token) => decodeURIComponent(value).startsWith(`${token}.`))).toBe(true);
    for (const token of stored)
      for (const signature of ['', '.', `.${createHmac('sha256', 'another secret').update(token).digest('base64')}`])
        expect(await userBy(`${name}=${encodeURIComponent(token + signature)}`)).toBeNull();
    expect(await userBy(cookie)).toMatchObject({ name: 'Ada' });
  });

  it('ends with signing out, also for who kept the cookie', async () => {
    const token = tokenOf(await signIn());
    expect(await userBy(token)).toMatchObject({ name: 'Ada' });
    const { csrf } = (await (await test.app.request('/api/me', { headers: { cookie: token } })).json()) as {
      csrf: string;
    };
    const headers = { cookie: token, origin: 'http://localhost', 'x-csrf-token': csrf };
    expect((await test.app.request('/api/session', { method: 'DELETE', headers })).status).toBe(204);
    expect(await userBy(token)).toBeNull();
  });

  it('ends when its time is over', async () => {
    const token = tokenOf(await signIn());
    await test.arena.store.db.update(tables.sessions).set({ expiresAt: new Date(Date.now() - 1000) });
    expect(await userBy(token)).toBeNull();
    expect((await owner('POST', '/api/session', { email, password })).status).toBe(204);
  });

  it('has a token for writing that is of no use to another session', async () => {
    const page = await client(test);
    const { csrf } = (await (await page('GET', '/api/me')).json()) as { csrf: string };
    const headers = { cookie: tokenOf(await signIn()), origin: 'http://localhost', 'x-csrf-token': csrf };
    expect((await test.app.request('/api/session', { method: 'DELETE', headers })).status).toBe(403);
  });

  it('costs no query while the browser remembers it', async () => {
    const page = await client(test);
    await page('POST', '/api/session', { email, password });
    await test.arena.store.db.delete(tables.sessions); // what no query is made for is not missed
    expect(await me(page)).toMatchObject({ name: 'Ada' });
    await owner('DELETE', '/api/session');
    expect((await owner('POST', '/api/session', { email, password })).status).toBe(204);
  });

  const signIn = async ({ cookie }: { cookie?: string } = {}) => {
    const from = cookie ? { cookie } : {};
    const { csrf } = (await (await test.app.request('/api/me', { headers: from })).json()) as { csrf: string };
    return test.app.request('/api/session', {
      method: 'POST',
      headers: { ...from, origin: 'http://localhost', 'x-csrf-token': csrf, 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
  };
  const tokenOf = (answer: Response) =>
    answer.headers
      .getSetCookie()
      .find((cookie) => cookie.startsWith('bradley.session_token='))
      ?.split(';')[0] ?? '';
  const userBy = async (cookie: string) =>
    ((await (await test.app.request('/api/me', { headers: { cookie } })).json()) as { user: unknown }).user;
});
