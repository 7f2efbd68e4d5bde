import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { client, firstOwner, testArena } from '../arena.test-support.js';
import { network } from './client-address.js';
import { rateLimiter } from './rate-limit.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** For a server whose clock does not go on: while it does, what was used up of a rate comes again. */
const stopClock = () => void vi.useFakeTimers({ toFake: ['Date'] });
afterEach(() => void vi.useRealTimers());

describe('a flood', () => {
  it('is held to its rate, and told when to come again', () => {
    let now = 0;
    const take = rateLimiter({ burst: 3, perSecond: 2 }, () => now);
    expect([take('a'), take('a'), take('a'), take('a')]).toEqual([0, 0, 0, 1]);
    expect(take('b')).toBe(0);
    now = 500;
    expect([take('a'), take('a')]).toEqual([0, 1]);
  });

  it('from ever new addresses is forgotten again', () => {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    const take = rateLimiter({ burst: 1, perSecond: 1 }, () => 0);
    for (let i = 0; i < 60_000; i++) take(`address ${i}`);
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20 * 2 ** 20);
    expect(take('address 59999')).toBe(1);
    expect(take('address 0')).toBe(0);
  });

  it('of one household counts as one', () => {
    expect(network('2001:db8:1:2:3:4:5:6')).toBe(network('2001:db8:1:2::9'));
    expect(network('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(network('::1')).toBe('0:0:0:0::/64');
  });

  it('of passwords is refused long before it gets anywhere', async () => {
    stopClock();
    const team = await testArena({ mode: 'team' });
    const attacker = await client(team);
    const guess = () => attacker('POST', '/api/session', { email: 'a@b.example', password: 'x'.repeat(12) });
    const statuses: number[] = [];
    for (let i = 0; i < 25; i++) statuses.push((await guess()).status);
    expect(statuses.slice(20)).toEqual([429, 429, 429, 429, 429]);
    expect(Number((await guess()).headers.get('retry-after'))).toBeGreaterThan(0);
    await team.close();
  });

  it.each([
    ['questions', 300, 'GET', '/api/projects'],
    ['answers', 100, 'POST', '/api/projects/cats/votes'],
    ['changes', 100, 'PATCH', '/api/projects/cats'],
    ['long work', 60, 'POST', '/api/projects/cats/snapshots'],
    ['files', 500, 'POST', '/api/projects/cats/media'],
  ])('of %s by one account ends after %i at once, and is no one else’s', async (_, burst, method, path) => {
    stopClock();
    const team = await testArena({ mode: 'team' });
    const owner = await firstOwner(team);
    const stranger = await client(team);
    const body = method === 'GET' ? undefined : {};
    const statuses: number[] = [];
    for (let i = 0; i <= burst; i++) statuses.push((await owner(method, path, body)).status);
    const refused = statuses.indexOf(429);
    expect(refused).toBeGreaterThan(burst - 10); // making the account took some
    expect(refused).toBeLessThanOrEqual(burst);
    expect(new Set(statuses.slice(refused))).toEqual(new Set([429]));
    expect((await stranger(method, path, body)).status).not.toBe(429);
    await team.close();
  });

  it('of things to compare, sent by hundreds as an owner does, is none', async () => {
    stopClock();
    const team = await testArena({ mode: 'team' });
    const owner = await firstOwner(team);
    await owner('POST', '/api/projects', { id: 'cats', name: 'Cats' });
    const send = (n: number) => owner('POST', '/api/projects/cats/media', new Uint8Array([n]));
    const answers = await Promise.all(Array.from({ length: 139 }, (_, n) => send(n)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([415])); // each is looked at, and is no picture
    await team.close();
  });
});

describe('behind a proxy', () => {
  it('a flood is counted by what the proxy says, not by what the client says before it', async () => {
    stopClock();
    const team = await testArena({ mode: 'team', behindProxy: true });
    const token = ((await (await team.app.request('/api/me')).json()) as { csrf: string }).csrf;
    const guess = async (forwarded: string) => {
      const headers = { origin: 'http://localhost', 'x-csrf-token': token, 'x-forwarded-for': forwarded };
      return (await team.app.request('/api/session', { method: 'POST', headers })).status;
    };
    for (let i = 0; i < 20; i++) expect(await guess(`10.0.0.${i}, 192.0.2.1`)).toBe(400);
    expect(await guess('10.0.0.99, 192.0.2.1')).toBe(429);
    expect(await guess('192.0.2.1, 192.0.2.2')).toBe(400);
    await team.close();
  });
});
