import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FeedbackChoice } from '@bradley/arena-contract';
import { type Choice, type CollectorOptions, createCollector } from '@bradley/collector';
import { fileStorage } from '@bradley/collector/node';
import { encodePng } from '@bradley/formats';
import { tables } from '@bradley/preferences';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { client, type TestArena, testArena } from '../arena.test-support.js';
import { type Served, serve } from '../serve.js';

let test: TestArena;
let served: Served;
let key: string;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'collector-'));
  test = await testArena();
  const owner = await client(test);
  await owner('POST', '/api/projects', { id: 'shop', name: 'Shop' });
  key = ((await (await owner('POST', '/api/projects/shop/keys', { name: 'k' })).json()) as { key: string }).key;
  served = await serve(test.arena, { host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await served.close();
  await test.close();
  await rm(folder, { recursive: true });
});

const shown = [
  { address: 'https://shop.example/1.png', model: 'a' },
  { address: 'https://shop.example/2.png', model: 'b' },
];
const choice = { prompt: 'a cat', shown, chosenIndex: 1 };
const stored = async (id: string) =>
  (await test.arena.store.db.select().from(tables.comparisons)).filter((row) => row.id.startsWith(`product:${id}`));
const open = (options: Partial<CollectorOptions> = {}) => {
  const problems: string[] = [];
  const collector = createCollector({
    url: served.origin,
    key,
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  return { collector, problems };
};
/** An address where nothing listens. */
const nowhere = 'http://127.0.0.1:9';

describe('the collector', () => {
  it('agrees with the contract of the API', () => {
    expectTypeOf<Choice & { id: string }>().toExtend<FeedbackChoice>();
    expectTypeOf<keyof Choice>().toEqualTypeOf<keyof FeedbackChoice>();
    expectTypeOf<keyof Choice['shown'][number]>().toEqualTypeOf<keyof FeedbackChoice['shown'][number]>();
    expectTypeOf<FeedbackChoice['outcome']>().toExtend<Choice['outcome']>();
  });

  it('logs what was chosen, in batches', async () => {
    const { collector, problems } = open({ batchSize: 3 });
    for (let i = 0; i < 10; i++) collector.chosen({ ...choice, id: `batch-${i}`, rater: 'u1' });
    expect(await collector.flush()).toBe(0);
    const rows = await stored('batch-');
    expect(rows).toHaveLength(10);
    expect(rows[0]).toMatchObject({ prompt: 'a cat', outcome: { kind: 'winner', index: 1 }, shown: [0, 1] });
    expect(problems).toEqual([]);
  });

  it('sends by itself after a while', async () => {
    const { collector } = open({ everyMs: 20 });
    collector.log({ prompt: 'a cat', shown, outcome: { kind: 'tie' }, id: 'by-itself' });
    for (let i = 0; i < 100 && (await stored('by-itself')).length === 0; i++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await stored('by-itself')).toHaveLength(1);
    await collector.close();
  });

  it('keeps what cannot be sent, also when the process ends, and counts it once', async () => {
    const path = join(folder, 'waiting.json');
    const offline = open({ url: nowhere, storage: fileStorage(path) });
    offline.collector.chosen({ ...choice, id: 'offline-1' });
    offline.collector.chosen({ ...choice, id: 'offline-2' });
    expect(await offline.collector.close()).toBe(2);
    expect(offline.problems[0]).toContain('tried again later');
    expect(JSON.parse(await readFile(path, 'utf8'))).toHaveLength(2);
    const again = open({ storage: fileStorage(path) });
    again.collector.chosen({ ...choice, id: 'offline-2' });
    expect(await again.collector.close()).toBe(0);
    expect(await stored('offline-')).toHaveLength(2);
    expect(await readFile(path, 'utf8')).toBe('[]');
  });

  it('keeps no more than it may', async () => {
    const { collector, problems } = open({ url: nowhere, mostKept: 5 });
    for (let i = 0; i < 8; i++) collector.chosen(choice);
    expect(await collector.close()).toBe(5);
    expect(problems.filter((problem) => problem.includes('dropped'))).toHaveLength(3);
  });

  it('does not let one that is refused hold back the others', async () => {
    const { collector, problems } = open();
    collector.chosen({ ...choice, id: 'good-1' });
    collector.chosen({ ...choice, id: 'bad', prompt: '' });
    collector.chosen({ ...choice, id: 'beyond', chosenIndex: 7 });
    collector.chosen({ ...choice, id: 'good-2' });
    expect(await collector.flush()).toBe(0);
    expect(await stored('good-')).toHaveLength(2);
    expect(problems).toEqual([expect.stringContaining('400'), expect.stringContaining('beyond was refused')]);
  });

  it('throws nothing into the product, whatever it is given', async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const { collector } = open({
      url: 'not an address',
      onProblem: () => {
        throw new Error('the product’s own');
      },
    });
    collector.log(circular as unknown as Choice);
    collector.chosen(undefined as never);
    collector.chosen(choice);
    expect(await collector.flush()).toBe(1);
    expect(await collector.upload(new Uint8Array(3))).toBeNull();
  });

  it('waits with a key that is refused, in case it is mended', async () => {
    const { collector, problems } = open({ key: 'wrong' });
    collector.chosen(choice);
    expect(await collector.close()).toBe(1);
    expect(problems[0]).toContain('401');
  });

  it('uploads pictures to name in a choice', async () => {
    const { collector } = open();
    const media = await collector.upload(new Uint8Array(await encodePng(new Uint8Array(48), 4, 4)));
    collector.chosen({ ...choice, id: 'media', shown: [{ media: media ?? '' }, ...shown] });
    await collector.flush();
    expect((await stored('media'))[0]?.candidates[0]).toEqual({ media });
  });
});
