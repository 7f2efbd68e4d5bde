import { randomInt } from 'node:crypto';
import type { nextSchema, ownPromptsResultSchema } from '@bradley/arena-contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type Client, client, noServices, type TestArena, testArena } from '../arena.test-support.js';
import type { Drawer } from '../services.js';

type Next = z.infer<typeof nextSchema>;

interface Drawn {
  readonly drawer: Drawer;
  readonly prompts: string[];
  /** How many pairs were being drawn at once, at most. */
  readonly most: () => number;
  fail: boolean;
  milliseconds: number;
  /** What a pair waits for before it is drawn. */
  held: Promise<void> | null;
}

/** Draws the signature of a PNG and its seed. */
function quickDrawer(): Drawn {
  let now = 0;
  let most = 0;
  const drawn: Drawn = {
    prompts: [],
    most: () => most,
    fail: false,
    milliseconds: 5,
    held: null,
    drawer: {
      ...{ model: 'quick', steps: 1, guidance: 1, adapterStrength: 1 },
      suggestions: (count, seed) => Array.from({ length: count }, (_, i) => `suggested ${seed} ${i}`),
      unknownWords: (prompt) => prompt.split(' ').filter((word) => word.startsWith('x')),
      knows: (prompt) => prompt.split(' ').some((word) => !word.startsWith('x')),
      async pair(prompt, seed) {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, drawn.milliseconds));
        await drawn.held;
        now--;
        if (drawn.fail) throw new Error('out of ink');
        drawn.prompts.push(prompt);
        const picture = (of: number) => ({ prompt, seed: of, png: Buffer.from(`\x89PNG\r\n\x1a\n${of}`, 'latin1') });
        return [picture(seed), picture(seed + 1)];
      },
      draw: () => Promise.reject(new Error('not asked for here')),
      close: async () => {},
    },
  };
  return drawn;
}

const drawn = quickDrawer();
let test: TestArena;
let ask: Client;
let project = '';
beforeAll(async () => {
  test = await testArena({ services: { ...noServices, drawer: drawn.drawer }, log: () => {} });
  ask = await client(test);
});
afterAll(() => test.close());
beforeEach(() => {
  Object.assign(drawn, { fail: false, milliseconds: 5, held: null });
});

/** A project of its own; what is drawn for it is what is drawn from now on. */
async function open(settings: object = {}): Promise<void> {
  project = `pictures-${randomInt(1e9)}`;
  await ask('POST', '/api/projects', { id: project, name: 'Pictures', settings });
  await test.arena.stock.ended();
  drawn.prompts.length = 0;
}
const next = async (query: string): Promise<Next> =>
  (await ask('GET', `/api/projects/${project}/next?${query}`)).json() as Promise<Next>;
const until = async (reached: () => boolean) => {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('a project that pictures are drawn for', () => {
  it('shows a pair as soon as it is drawn to who waits for it, and says that it is being drawn to who does not', async () => {
    await open();
    expect(await next('count=2')).toMatchObject({ presentations: [], drawing: 6 });
    const { presentations } = await next('count=2&wait=10');
    expect(presentations[0]).toMatchObject({ prompt: expect.stringContaining('suggested'), modality: 'image' });
    expect(presentations[0]?.candidates[0]).toMatchObject({ type: 'image/png', text: null });
  });

  it('has some ready for each who chooses, one drawn at a time, and then draws no more', async () => {
    await open();
    await next('count=1');
    await until(() => drawn.prompts.length === 6);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(drawn.prompts).toHaveLength(6);
    expect((await next('count=3')).presentations).toHaveLength(3);
    await until(() => drawn.prompts.length === 9);
    expect(drawn.most()).toBe(1);
  });

  it('draws people’s own prompts first, shows them first, and tells the words that the model does not know', async () => {
    await open();
    let goOn = () => {};
    drawn.held = new Promise((resolve) => {
      goOn = resolve;
    });
    await next('count=1'); // the first is under way while they come
    const answer = await ask('POST', `/api/projects/${project}/prompts`, {
      prompts: ['a cat', 'a xylophone', 'xyz'],
    });
    expect(answer.status).toBe(202);
    const { unknownWords, drawn: willBe } = (await answer.json()) as z.infer<typeof ownPromptsResultSchema>;
    expect([unknownWords, willBe]).toEqual([
      [[], ['xylophone'], ['xyz']],
      [true, true, false],
    ]);
    goOn();
    await until(() => drawn.prompts.includes('a xylophone'));
    expect(drawn.prompts.slice(1)).toEqual(['a cat', 'a xylophone']);
    await until(() => drawn.prompts.length === 6);
    const { presentations } = await next('count=3');
    expect(presentations.slice(0, 2).map(({ prompt }) => prompt)).toEqual(['a cat', 'a xylophone']);
    expect(drawn.prompts).not.toContain('xyz');
  });

  it('goes on drawing after a failure', async () => {
    await open();
    drawn.fail = true;
    await next('count=1');
    setTimeout(() => {
      drawn.fail = false;
    }, 100);
    expect((await next('count=1&wait=10')).presentations).toHaveLength(1);
  });
});

describe('a project that brings its own', () => {
  it('has nothing drawn for it', async () => {
    await open({ draw: false });
    expect(await next('count=1&wait=5')).toEqual({ presentations: [], done: 0, open: 0, drawing: 0 });
    expect((await ask('POST', `/api/projects/${project}/prompts`, { prompts: ['a cat'] })).status).toBe(409);
    expect(drawn.prompts).toEqual([]);
  });
});

describe('drawing', () => {
  it('stops when the arena closes, and lets who waits go', async () => {
    await open();
    drawn.milliseconds = 100;
    await next('count=1');
    const waiting = next('count=1&wait=10');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const before = Date.now();
    await test.close();
    await waiting;
    expect(Date.now() - before).toBeLessThan(8000); // it would have waited for ten seconds
    test = await testArena();
  });
});
