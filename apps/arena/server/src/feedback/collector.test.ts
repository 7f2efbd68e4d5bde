import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FeedbackChoice } from '@bradley/arena-contract';
import { type Candidate, type Choice, type CollectorOptions, createCollector, type Problem } from '@bradley/collector';
import { folderStorage } from '@bradley/collector/node';
import { encodePng } from '@bradley/formats';
import { tables } from '@bradley/preferences';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { type TestArena, testArena } from '../arena.test-support.js';
import { type Served, serve } from '../serve.js';
import { type Network, openNetwork } from './feedback-network.test-support.js';
import { makeShop } from './feedback-server.test-support.js';

let network: Network;
let test: TestArena;
let served: Served;
let folder: string;
let key: string;
beforeAll(async () => {
  network = await openNetwork();
  // A team's arena is reached under the address that it was given, here through the network.
  test = await testArena({ mode: 'team', origin: network.origin });
  served = await serve(test.arena, { host: '127.0.0.1', port: 0 });
  network.target = served.port;
  folder = await mkdtemp(join(tmpdir(), 'collector-'));
});
beforeEach(async () => {
  network.state = 'up';
  key = `bradley_${randomUUID()}`;
  await makeShop(test.arena, key); // of its own: each has its own rate
});
afterAll(async () => {
  await network.close();
  await served.close();
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

const showing = {
  prompt: 'a cat',
  shown: [{ address: 'https://shop.example/1' }, { address: 'https://shop.example/2' }],
};
const picture = () => encodePng(new Uint8Array(48), 4, 4);

function product(options: Partial<CollectorOptions> = {}) {
  const problems: Problem[] = [];
  const quick = { every: 10, waits: { first: 5, most: 20 } };
  const onProblem = (problem: Problem) => problems.push(problem);
  return { problems, ...createCollector({ url: network.origin, key, onProblem, ...quick, ...options }) };
}
const recorded = async () => {
  const rows = await test.arena.store.db.select().from(tables.comparisons);
  return rows.filter(({ source }) => source === `key:${key}`);
};
const recordedIds = async () => (await recorded()).map(({ id }) => id.replace(/^product:/, '')).sort();
const answers = async () =>
  (await test.arena.store.db.select().from(tables.idempotentAnswers)).filter(({ apiKeyId }) => apiKeyId === key);

/** The same, to be read only. */
type Frozen<T> = { readonly [Key in keyof T]: Frozen<T[Key]> };

describe('a collector', () => {
  it('logs what the contract says', () => {
    expectTypeOf<Choice>().toExtend<Frozen<FeedbackChoice>>();
    expectTypeOf<Frozen<FeedbackChoice>>().toExtend<Choice>();
    expectTypeOf<keyof Choice>().toEqualTypeOf<keyof FeedbackChoice>();
    expectTypeOf<keyof Candidate>().toEqualTypeOf<keyof FeedbackChoice['shown'][number]>();
  });

  it('sends every kind of choice in one request, and what was shown can be a file', async () => {
    const { upload, chosen, ranked, tie, bothBad, skip, close, problems } = product();
    const media = (await upload(new Uint8Array(await picture()))) ?? '';
    const ids = [
      chosen({
        ...showing,
        shown: [{ media, model: 'a', seed: 7 }, { media }],
        index: 1,
        rater: 'u1',
        milliseconds: 800,
      }),
      ranked({ ...showing, order: [1, 0] }),
      tie(showing),
      bothBad(showing),
      skip(showing),
    ];
    expect(await close()).toBe(0);
    expect(problems).toEqual([]);
    expect(await recordedIds()).toEqual([...ids].sort());
    expect((await answers()).length).toBe(1);
    expect(await upload(new TextEncoder().encode('<svg/>'))).toBeNull();
    expect(problems).toEqual([{ kind: 'upload', message: expect.stringContaining('415') }]);
  });

  it('sends by itself after a while, and when there are enough', async () => {
    const slow = product({ every: 60_000, atOnce: 3 });
    for (let i = 0; i < 3; i++) slow.chosen({ ...showing, index: 0 });
    await expect.poll(recordedIds).toHaveLength(3);
    const soon = product({ every: 20 });
    soon.chosen({ ...showing, index: 0 });
    await expect.poll(recordedIds).toHaveLength(4);
    expect(await Promise.all([slow.close(), soon.close()])).toEqual([0, 0]);
  });

  it('keeps choices while nothing gets through, with the time at which they were made, and says so once', async () => {
    network.state = 'down';
    const { chosen, flush, close, problems } = product();
    const before = Date.now();
    const id = chosen({ ...showing, index: 0 });
    const after = Date.now();
    expect(await flush()).toBe(1);
    chosen({ ...showing, index: 1 });
    expect(await flush()).toBe(2);
    expect(problems.map(({ kind }) => kind)).toEqual(['unsent']);
    await new Promise((resolve) => setTimeout(resolve, 100));
    network.state = 'up';
    await expect.poll(recordedIds).toHaveLength(2); // of its own accord
    const first = (await recorded()).find((row) => row.id === `product:${id}`);
    expect(first?.at?.getTime()).toBeGreaterThanOrEqual(before);
    expect(first?.at?.getTime()).toBeLessThanOrEqual(after);
    expect(await close()).toBe(0);
  });

  it('sends a batch whose answer was lost again as it was, under the same key', async () => {
    network.state = 'lossy';
    const { chosen, flush, close } = product();
    for (let i = 0; i < 5; i++) chosen({ ...showing, index: 0 });
    expect(await flush()).toBe(5);
    expect(await flush()).toBe(5);
    expect((await recordedIds()).length).toBe(5);
    network.state = 'up';
    expect(await close()).toBe(0);
    expect((await recordedIds()).length).toBe(5);
    expect((await answers()).length).toBe(1);
  });

  it('counts the same id once, whoever logs it', async () => {
    const [one, two] = [product(), product()];
    const id = randomUUID();
    for (const { chosen } of [one, one, two]) chosen({ ...showing, id, index: 0 });
    expect(await Promise.all([one.close(), two.close()])).toEqual([0, 0]);
    expect(await recordedIds()).toEqual([id]);
    expect([...one.problems, ...two.problems]).toEqual([]);
  });

  it('tells once of each choice that is refused, and sends the others', async () => {
    const { chosen, close, problems } = product();
    const circular: { address: string; self?: unknown } = { address: 'https://shop.example/1' };
    circular.self = circular;
    const bad = [
      chosen({ ...showing, index: 2 }),
      chosen({ ...showing, index: 0, rater: 'ada@shop.example' }),
      chosen({ ...showing, index: 0, prompt: 'U+0000: \0' }), // for which the whole request is refused
      chosen({ ...showing, index: 0, question: 'q'.repeat(65) }),
      chosen({ ...showing, index: 0, shown: [circular, circular] }),
    ];
    const good = Array.from({ length: 20 }, () => chosen({ ...showing, index: 0 }));
    expect(await close()).toBe(0);
    expect(await recordedIds()).toEqual([...good].sort());
    expect(problems.map(({ kind, choice }) => [kind, choice?.id]).sort()).toEqual(
      bad.map((id) => ['refused', id]).sort(),
    );
    expect(problems.find(({ choice }) => choice?.id === bad[0])?.message).toContain('index is 2');
  });

  it('keeps what a wrong key does not let it send', async () => {
    const { chosen, close, problems } = product({ key: 'bradley_wrong', storage: folderStorage(join(folder, 'key')) });
    const id = chosen({ ...showing, index: 0 });
    expect(await close()).toBe(1);
    expect(problems).toEqual([{ kind: 'unsent', message: expect.stringContaining('401') }]);
    expect(await product({ storage: folderStorage(join(folder, 'key')) }).close()).toBe(0);
    expect(await recordedIds()).toEqual([id]);
    expect(await readdir(join(folder, 'key'))).toEqual([]);
  });

  it('does not disturb the product, whatever it is given and whatever becomes of its storage or its callback', async () => {
    const broken = () => Promise.reject(new Error('disk full'));
    const onProblem = () => {
      throw new Error('a bug of the product');
    };
    const { chosen, close } = product({ storage: { load: broken, keep: broken, remove: broken }, onProblem });
    const id = chosen({ ...showing, index: 0 });
    chosen(undefined as never);
    chosen({ ...showing, index: 0n as never });
    expect(await close()).toBe(0);
    chosen({ ...showing, index: 0 });
    expect(await recordedIds()).toEqual([id]);
    const astray = product({ url: 'not an address' });
    astray.chosen({ ...showing, index: 0 });
    expect([await astray.upload(new Blob(['x'])), await astray.close()]).toEqual([null, 1]);
  });
});

type Step = 'log' | 'again' | 'flush' | 'restart' | Network['state'];

it('loses nothing that it took and logs nothing twice, whatever the network does and however often the product starts', async () => {
  const step = fc.constantFrom<Step>('log', 'log', 'log', 'again', 'flush', 'restart', 'up', 'down', 'lossy');
  const options = { mostWaiting: 8, atOnce: 3, every: 1 };
  const runs = fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
    network.state = 'up';
    key = `bradley_${randomUUID()}`;
    await makeShop(test.arena, key);
    const storage = () => folderStorage(join(folder, key));
    const logged: string[] = [];
    const products = [product({ ...options, storage: storage() })];
    const last = () => products[products.length - 1] as ReturnType<typeof product>;
    for (const step of steps)
      if (step === 'log') logged.push(last().chosen({ ...showing, index: 0 }));
      else if (step === 'again') last().chosen({ ...showing, id: logged[0], index: 0 });
      else if (step === 'flush') expect(await last().flush()).toBeLessThanOrEqual(options.mostWaiting);
      else if (step === 'restart') {
        await last().close();
        products.push(product({ ...options, storage: storage() }));
      } else network.state = step;
    network.state = 'up';
    expect(await last().close()).toBe(0);
    const problems = products.flatMap((one) => one.problems).filter(({ choice }) => choice);
    expect(new Set(problems.map(({ kind }) => kind)).size).toBeLessThanOrEqual(1);
    const full = problems.map(({ choice }) => choice?.id);
    const ids = await recordedIds();
    expect(new Set(ids).size).toBe(ids.length);
    expect(logged.filter((id) => !full.includes(id) && !ids.includes(id))).toEqual([]);
    expect(await readdir(join(folder, key))).toEqual([]);
  });
  await fc.assert(runs, { numRuns: 30 });
});
