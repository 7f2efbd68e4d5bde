import { encodePng } from '@bradley/formats';
import { tables } from '@bradley/preferences';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../app.js';
import { type Client, client, type TestArena, testArena } from '../arena.test-support.js';

let test: TestArena;
let owner: Client;
let key: string;
beforeAll(async () => {
  test = await testArena();
  owner = await client(test);
  await owner('POST', '/api/projects', { id: 'shop', name: 'Shop' });
  await owner('POST', '/api/projects', { id: 'other', name: 'Other' });
  key = (await newKey({ name: 'server' })).key;
});
afterAll(() => test.close());

const newKey = async (body: object) =>
  (await (await owner('POST', '/api/projects/shop/keys', body)).json()) as { id: string; key: string };
const choice = (id: string, more: object = {}) => ({
  ...{
    id,
    prompt: 'a cat',
    shown: [{ address: 'https://shop.example/1.png' }, { address: 'https://shop.example/2.png' }],
  },
  ...{ outcome: { kind: 'winner', index: 1 }, ...more },
});
const log = (choices: unknown, headers: Record<string, string> = {}, app = test.app) =>
  app.request('/api/v1/choices', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ choices }),
  });
const statuses = async (answer: Response) =>
  ((await answer.json()) as { results: { status: string }[] }).results.map(({ status }) => status);
const rows = async () => (await test.arena.store.db.select().from(tables.comparisons)).length;

describe('a product', () => {
  it('logs choices, each of which counts once and has a result of its own', async () => {
    const answer = await log([
      choice('1', { rater: 'user-7', milliseconds: 900 }),
      choice('2', { outcome: { kind: 'winner', index: 2 } }),
      choice('3', { shown: [{ media: 'f'.repeat(64) }, { address: 'https://shop.example/2.png' }] }),
      choice('4', { rater: 'ada@team.example' }),
      choice('5', { shown: [{ text: 'a', address: 'https://shop.example/2.png' }, { text: 'b' }] }),
      choice('1'),
    ]);
    expect(await statuses(answer)).toEqual(['recorded', 'refused', 'refused', 'refused', 'refused', 'known']);
    expect(await statuses(await log([choice('1')]))).toEqual(['known']);
    expect(await rows()).toBe(1);
    const everything = JSON.stringify([
      await test.arena.store.db.select().from(tables.raters),
      await test.arena.store.db.select().from(tables.comparisons),
    ]);
    expect(everything).not.toContain('user-7');
  });

  it('may be in any time zone, but not out of the calendar', async () => {
    const times = ['2026-01-01T00:30:00+23:30', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59-23:00'];
    const answer = await log(times.map((at, i) => choice(`time-${i}`, { at })));
    expect(await statuses(answer)).toEqual(['recorded', 'refused', 'refused']);
  });

  it('names the pictures that it uploaded to its own project', async () => {
    const png = new Uint8Array(await encodePng(new Uint8Array(48), 4, 4));
    const send = () =>
      test.app.request('/api/v1/media', { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: png });
    const { sha256 } = (await (await send()).json()) as { sha256: string };
    const shown = [
      { media: sha256, model: 'a' },
      { media: sha256, model: 'b' },
    ];
    expect(await statuses(await log([choice('m', { shown })]))).toEqual(['recorded']);
    const svg = new TextEncoder().encode('<svg onload="alert(1)"/>');
    const hostile = { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: svg };
    expect((await test.app.request('/api/v1/media', hostile)).status).toBe(415);
  });

  it('logs 500 at most at a time', async () => {
    const many = (n: number) => Array.from({ length: n }, (_, i) => choice(`many-${i}`));
    expect((await log(many(501))).status).toBe(400);
    expect(new Set(await statuses(await log(many(500))))).toEqual(new Set(['recorded']));
  });
});

describe('a request that is sent again', () => {
  it('with its key gets the answer that it got, and is not done again', async () => {
    const headers = { 'idempotency-key': 'again' };
    const first = await log([choice('replay')], headers);
    const before = await rows();
    const second = await log([choice('replay')], headers);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(await second.json()).toEqual(await first.json());
    expect(await rows()).toBe(before);
  });

  it('at once is done once', async () => {
    const headers = { 'idempotency-key': 'at-once' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => log([choice('at-once')], headers)));
    expect(await Promise.all(answers.map(statuses))).toEqual(Array(5).fill(['recorded']));
  });

  it('with another body is refused', async () => {
    const headers = { 'idempotency-key': 'reused' };
    await log([choice('a')], headers);
    const before = await rows();
    const answer = await log([choice('b')], headers);
    expect(answer.status).toBe(422);
    expect(await rows()).toBe(before);
  });

  it('by another key of the project is another request', async () => {
    const other = await newKey({ name: 'second' });
    const headers = { 'idempotency-key': 'reused', authorization: `Bearer ${other.key}` };
    expect((await log([choice('c')], headers)).status).toBe(200);
  });
});

describe('an API key', () => {
  it('is needed, and opens nothing else', async () => {
    for (const authorization of ['', 'Bearer ', 'Bearer wrong', `Basic ${key}`, `Bearer ${key}x`, "Bearer ' or 1=1 --"])
      expect((await log([choice('x')], { authorization })).status).toBe(401);
    const headers = { authorization: `Bearer ${key}`, 'sec-fetch-site': 'cross-site' };
    expect((await test.app.request('/api/projects/shop/comparisons', { headers })).status).toBe(403);
  });

  it('that was revoked is good for nothing', async () => {
    const made = await newKey({ name: 'leaked' });
    const headers = { authorization: `Bearer ${made.key}` };
    expect((await log([choice('before')], headers)).status).toBe(200);
    expect((await owner('DELETE', `/api/projects/other/keys/${made.id}`)).status).toBe(404);
    expect((await owner('DELETE', `/api/projects/shop/keys/${made.id}`)).status).toBe(204);
    expect((await log([choice('after')], headers, createApp(test.arena))).status).toBe(401);
  });

  it('is for no page but those of the sites that it names', async () => {
    const origin = 'https://shop.example';
    const preflight = (from: string) =>
      test.app.request('/api/v1/choices', {
        method: 'OPTIONS',
        headers: { origin: from, 'access-control-request-method': 'POST' },
      });
    expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
    expect((await log([choice('page')], { origin })).status).toBe(403);
    const made = await newKey({ name: 'page', origins: [origin] });
    const allowed = await preflight(origin);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(origin);
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    const headers = { origin, authorization: `Bearer ${made.key}` };
    const answer = await log([choice('page')], headers);
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
    expect((await log([choice('page')], { origin })).status).toBe(403);
  });

  it('that floods is held to its rate', async () => {
    const flooded = createApp(test.arena);
    const made = await newKey({ name: 'flood' });
    const headers = { authorization: `Bearer ${made.key}` };
    const answers = await Promise.all(Array.from({ length: 260 }, () => log([], headers, flooded)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
