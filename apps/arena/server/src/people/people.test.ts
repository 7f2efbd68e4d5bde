import { openRecorder, tables } from '@bradley/preferences';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, firstOwner, invited, type TestArena, testArena } from '../arena.test-support.js';
import { hashPassword, verifyPassword } from './password.js';
import { setUpLink } from './set-up.js';

let test: TestArena;
let owner: Client;
beforeAll(async () => {
  test = await testArena({ mode: 'team' });
  owner = await firstOwner(test);
  await owner('POST', '/api/projects', { id: 'cats', name: 'Cats' });
});
afterAll(() => test.close());

const email = 'ada@team.example';
const password = 'correct horse battery';
const invite = async (body: object = { role: 'rater' }) => {
  const made = await owner('POST', '/api/projects/cats/invites', body);
  return (await made.json()) as { id: string; link: string };
};
const secretOf = ({ link }: { link: string }) => link.split('#')[1];
const me = async (send: Client) =>
  ((await (await send('GET', '/api/me')).json()) as { user: { id: string; kind: string; name: string } | null }).user;
const members = async () =>
  (await (await owner('GET', '/api/projects/cats/members')).json()) as { rater: string; name: string; role: string }[];

describe('the first account', () => {
  it('is made once, and owns what it makes', async () => {
    expect(await setUpLink(test.arena)).toBeNull();
    expect(await me(owner)).toMatchObject({ kind: 'user', name: 'Ada' });
    expect(await (await owner('GET', '/api/projects')).json()).toMatchObject([{ id: 'cats', role: 'owner' }]);
  });

  it('needs the secret, of several at once one is made, and it gets the projects of before', async () => {
    const fresh = await testArena({ mode: 'team' });
    await fresh.arena.store.db.insert(tables.projects).values({ id: 'old', name: 'Old', settings: {} });
    const secret = (await setUpLink(fresh.arena))?.split('#')[1];
    const sends = await Promise.all(Array.from({ length: 4 }, () => client(fresh)));
    const account = { name: 'Eve', password };
    expect((await sends[0]?.('POST', '/api/set-up', { ...account, email: 'e@x.example', secret: 'x' }))?.status).toBe(
      403,
    );
    const tries = sends.map((send, i) => send('POST', '/api/set-up', { ...account, email: `e${i}@x.example`, secret }));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([204, 403, 403, 403]);
    const winner = sends[statuses.indexOf(204)] as Client;
    expect(await (await winner('GET', '/api/projects')).json()).toMatchObject([{ id: 'old', role: 'owner' }]);
    await fresh.close();
  });

  it('cannot be made without the secret by signing up: there is no such route', async () => {
    const stranger = await client(test);
    for (const path of ['/api/auth/sign-up/email', '/api/auth/sign-in/anonymous', '/api/sign-up'])
      expect((await stranger('POST', path, { name: 'Eve', email: 'e@x.example', password })).status).toBe(404);
  });
});

describe('an invite', () => {
  it('says what it invites to, and makes a guest a rater', async () => {
    const made = await invite();
    const page = await client(test);
    const looked = await page('POST', '/api/invites/look', { secret: secretOf(made) });
    expect(await looked.json()).toMatchObject({ project: 'cats', name: 'Cats', role: 'rater' });
    const accepted = await page('POST', '/api/invites/accept', { secret: secretOf(made), name: 'Grün & <b>' });
    expect(await accepted.json()).toEqual({ project: 'cats', role: 'rater' });
    expect(await me(page)).toMatchObject({ kind: 'guest', name: 'Grün & <b>' });
    expect((await members()).map(({ name }) => name)).toContain('Grün & <b>');
    expect((await page('POST', '/api/projects', { id: 'mine', name: 'Mine' })).status).toBe(403);
  });

  it('is good for as many as it says, however many come at once', async () => {
    const secret = secretOf(await invite({ role: 'rater', uses: 3 }));
    const pages = await Promise.all(Array.from({ length: 6 }, () => client(test)));
    const answers = await Promise.all(
      pages.map((page, i) => page('POST', '/api/invites/accept', { secret, name: `R${i}` })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 404, 404, 404]);
  });

  it('is good for nothing once withdrawn or out of date', async () => {
    const withdrawn = await invite();
    expect((await owner('DELETE', `/api/projects/cats/invites/${withdrawn.id}`)).status).toBe(204);
    const late = await invite({ role: 'rater', days: 1e-7 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const page = await client(test);
    for (const one of [withdrawn, late])
      expect((await page('POST', '/api/invites/accept', { secret: secretOf(one), name: 'Late' })).status).toBe(404);
    expect(await me(page)).toBeNull();
  });

  it('makes no guest an owner, but an account', async () => {
    const secret = secretOf(await invite({ role: 'owner' }));
    const page = await client(test);
    expect((await page('POST', '/api/invites/accept', { secret, name: 'Bo' })).status).toBe(403);
    const account = { email: 'bo@team.example', password: 'short' };
    expect((await page('POST', '/api/invites/accept', { secret, name: 'Bo', account })).status).toBe(400);
    const good = { ...account, password };
    expect((await page('POST', '/api/invites/accept', { secret, name: 'Bo', account: good })).status).toBe(200);
    expect(await (await page('GET', '/api/projects')).json()).toMatchObject([{ id: 'cats', role: 'owner' }]);
    const again = await client(test);
    expect((await again('POST', '/api/invites/accept', { secret, name: 'Bo', account: good })).status).toBe(409);
  });

  it('is not kept in a way that could be used', async () => {
    const secret = secretOf(await invite());
    expect(JSON.stringify(await test.arena.store.db.select().from(tables.invites))).not.toContain(secret);
    expect(JSON.stringify(await test.arena.store.db.select().from(tables.audit))).not.toContain(secret);
  });
});

describe('members', () => {
  it('have the role that an owner gives them, at once', async () => {
    const page = await invited(test, owner, { project: 'cats', role: 'viewer', name: 'Vi' });
    expect((await page('PATCH', '/api/projects/cats', { name: 'Dogs' })).status).toBe(403);
    const rater = (await members()).find(({ name }) => name === 'Vi')?.rater;
    expect((await owner('PATCH', `/api/projects/cats/members/${rater}`, { role: 'owner' })).status).toBe(204);
    expect((await page('PATCH', '/api/projects/cats', { name: 'Cats' })).status).toBe(200);
    expect((await owner('DELETE', `/api/projects/cats/members/${rater}`)).status).toBe(204);
    expect((await page('GET', '/api/projects/cats')).status).toBe(404);
  });

  it('always have an owner', async () => {
    await owner('POST', '/api/projects', { id: 'alone', name: 'Alone' });
    const all = (await (await owner('GET', '/api/projects/alone/members')).json()) as { rater: string }[];
    const path = `/api/projects/alone/members/${all[0]?.rater}`;
    expect((await owner('PATCH', path, { role: 'viewer' })).status).toBe(409);
    expect((await owner('DELETE', path)).status).toBe(409);
    expect((await owner('POST', '/api/projects/alone/raters/me/forget', { how: 'delete' })).status).toBe(409);
  });
});

describe('a rater who asks for it', () => {
  const choicesOf = async (send: Client, name: string) => {
    const user = await me(send);
    const rater = (await members()).find((one) => one.name === name)?.rater ?? '';
    await openRecorder(test.arena.store).record(
      [1, 2].map((i) => ({
        projectId: 'cats',
        source: 'arena',
        record: {
          ...{ id: `${name}-${i}`, prompt: 'a cat', candidates: [{ media: 'a' }, { media: 'b' }] },
          ...{ outcome: { kind: 'tie' as const }, question: 'overall', rater, session: `session of ${name}` },
        },
      })),
    );
    return { rater, userId: user?.id ?? '' };
  };
  const everything = async () => {
    const { db } = test.arena.store;
    const { raters, users, sessions, comparisons, audit } = tables;
    return JSON.stringify(
      await Promise.all([raters, users, sessions, comparisons, audit].map((table) => db.select().from(table))),
    );
  };

  it.each(['anonymize', 'delete'] as const)('is forgotten, and the choices: %s', async (how) => {
    const page = await invited(test, owner, { project: 'cats', role: 'rater', name: `Zoë ${how}` });
    const { userId } = await choicesOf(page, `Zoë ${how}`);
    expect(await everything()).toContain(`Zoë ${how}`);
    const forgotten = await page('POST', '/api/projects/cats/raters/me/forget', { how });
    expect(await forgotten.json()).toEqual({ comparisons: 2 });
    const left = await everything();
    expect(left).not.toContain(`session of Zoë ${how}`);
    expect(left.includes(`"Zoë ${how}"`)).toBe(false);
    expect(left.includes(`Zoë ${how}-1`)).toBe(how === 'anonymize');
    const { db } = test.arena.store;
    expect((await db.select().from(tables.users)).some(({ id }) => id === userId)).toBe(false);
    expect((await page('GET', '/api/projects/cats')).status).toBe(404);
    const { entries } = (await (await owner('GET', '/api/projects/cats/audit')).json()) as { entries: object[] };
    expect(entries[0]).toMatchObject({ action: 'rater.forget', detail: { how, comparisons: 2 } });
  });

  it('is not forgotten by another rater, but by an owner', async () => {
    const one = await invited(test, owner, { project: 'cats', role: 'rater', name: 'Kit' });
    const other = await invited(test, owner, { project: 'cats', role: 'rater', name: 'Lou' });
    const { rater } = await choicesOf(one, 'Kit');
    const path = `/api/projects/cats/raters/${rater}/forget`;
    expect((await other('POST', path, { how: 'delete' })).status).toBe(403);
    expect((await owner('POST', path, { how: 'delete' })).status).toBe(200);
  });
});

it('the audit trail names what was done by whom, a page at a time, and no secret', async () => {
  const made = (await (await owner('POST', '/api/projects/cats/keys', { name: 'shop' })).json()) as { key: string };
  const first = (await (await owner('GET', '/api/projects/cats/audit?limit=2')).json()) as {
    entries: unknown[];
    next: number;
  };
  const { id: actor, name: actorName } = (await me(owner)) ?? {};
  expect(first.entries[0]).toMatchObject({ action: 'key.create', actor, actorName });
  const second = (await (
    await owner('GET', `/api/projects/cats/audit?limit=2&before=${first.next}`)
  ).json()) as typeof first;
  expect(second.entries).toHaveLength(2);
  expect(second.entries).not.toEqual(first.entries);
  expect(JSON.stringify(await test.arena.store.db.select().from(tables.audit))).not.toContain(made.key);
  expect(JSON.stringify(await test.arena.store.db.select().from(tables.apiKeys))).not.toContain(made.key);
});

it('a password is kept as a hash that only it fits', async () => {
  const hash = await hashPassword(password);
  expect(hash).not.toContain(password);
  expect(hash).not.toBe(await hashPassword(password));
  expect(await verifyPassword({ hash, password })).toBe(true);
  expect(await verifyPassword({ hash, password: `${password} ` })).toBe(false);
});

it('a local arena has no accounts, and says how to have them', async () => {
  const local = await testArena();
  const send = await client(local);
  await send('POST', '/api/projects', { id: 'mine', name: 'Mine' });
  const answer = await send('POST', '/api/projects/mine/invites', { role: 'rater' });
  expect(await answer.json()).toMatchObject({ code: 'local-mode', error: expect.stringContaining('--team') });
  expect((await send('POST', '/api/session', { email, password })).status).toBe(409);
  await local.close();
});
