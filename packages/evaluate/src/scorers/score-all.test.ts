import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng, type RgbImage } from '@bradley/formats';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ruleScorer } from './picture-rule.js';
import { type PictureToScore, pictureFile, scoreAll } from './score-all.js';
import { keptScores } from './score-cache.js';
import type { Scorable, Scorer } from './scorer.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scores-'));
});
afterAll(() => rm(folder, { recursive: true }));
let folders = 0;
const newFolder = (): string => join(folder, String(folders++));

/** A rule that is told what it was asked about: the red of the first pixel, by the length of the prompt if it reads one. */
function counting(readsPrompt: boolean): { scorer: Scorer; asked: Scorable[] } {
  const asked: Scorable[] = [];
  const rule = ruleScorer({ name: readsPrompt ? 'both' : 'red', version: 1, rate: ({ data }) => data[0] as number });
  const scorer: Scorer = {
    ...rule,
    readsPrompt,
    async score(items) {
      asked.push(...items);
      const reds = await rule.score(items);
      return reds.map((red, i) => (readsPrompt ? red * (items[i] as Scorable).prompt.length : red));
    },
  };
  return { scorer, asked };
}

const dot = (red: number): RgbImage => ({ width: 1, height: 1, data: Uint8Array.of(red, 0, 0) });
const item = (red: number, prompt: string, named = true): Scorable => ({
  prompt,
  image: dot(red),
  ...(named && { sha256: red.toString(16).padStart(64, '0') }),
});

describe('kept scores', () => {
  it('are those of the scorer, in their order, and each picture is asked about once, in this process or a later one', () =>
    fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.array(fc.tuple(fc.nat(5), fc.constantFrom('a', 'bb'), fc.boolean()), { maxLength: 6 }), {
          maxLength: 4,
        }),
        async (readsPrompt, calls) => {
          const place = newFolder();
          const { scorer, asked } = counting(readsPrompt);
          for (const call of calls) {
            const items = call.map(([red, prompt, named]) => item(red, prompt, named));
            expect(await keptScores(scorer, place).score(items)).toEqual(
              await counting(readsPrompt).scorer.score(items),
            );
          }
          const seen = asked.map(({ image, prompt, sha256 }) => [image.data[0], readsPrompt && prompt, sha256].join());
          expect(seen.length).toBe(new Set(seen).size);
        },
      ),
      { numRuns: 50 },
    ));

  it('belong to the identity: another scorer in the same folder has its own', async () => {
    const place = newFolder();
    const first = ruleScorer({ name: 'one', version: 1, rate: () => 1 });
    const second = ruleScorer({ name: 'one', version: 2, rate: () => 2 });
    expect([...(await keptScores(first, place).score([item(0, '')]))]).toEqual([1]);
    expect([...(await keptScores(second, place).score([item(0, '')]))]).toEqual([2]);
    expect((await readdir(place)).sort()).toEqual([`${first.identity}.scores`, `${second.identity}.scores`].sort());
  });

  it('come back to the last bit', () =>
    fc.assert(
      fc.asyncProperty(fc.double({ noNaN: true, noDefaultInfinity: true }), async (value) => {
        const place = newFolder();
        const scorer = ruleScorer({ name: 'constant', version: 1, rate: () => value });
        await keptScores(scorer, place).score([item(0, '')]);
        const again = ruleScorer({ name: 'constant', version: 1, rate: () => Number.NaN });
        expect((await keptScores(again, place).score([item(0, '')]))[0]).toBe(value === 0 ? 0 : value); // JSON has no −0
      }),
      { numRuns: 50 },
    ));

  it('refuses a score that is no number, and keeps nothing of that call', async () => {
    const place = newFolder();
    const broken = ruleScorer({ name: 'broken', version: 1, rate: ({ data }) => (data[0] === 1 ? Number.NaN : 3) });
    await expect(keptScores(broken, place).score([item(0, ''), item(1, '')])).rejects.toThrow(
      'broken gave 3, NaN for 2',
    );
    expect(await readdir(place)).toEqual([]);
  });
});

/** Pictures that say when they are decoded. */
function pictures(count: number, loaded: number[]): PictureToScore[] {
  return Array.from({ length: count }, (_, n) => ({
    prompt: 'a',
    sha256: n.toString(16).padStart(64, '0'),
    async load() {
      loaded.push(n);
      return dot(n);
    },
  }));
}

describe('scoring all', () => {
  it('gives every picture with its scores, in order, whatever the batch', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(20), fc.integer({ min: 1, max: 7 }), async (count, batch) => {
        const scorers = [counting(false).scorer, counting(true).scorer];
        const rows: number[][] = [];
        for await (const { scores } of scoreAll(scorers, pictures(count, []), { batch })) rows.push([...scores]);
        expect(rows).toEqual(Array.from({ length: count }, (_, n) => [n, n]));
      }),
      { numRuns: 30 },
    ));

  it('goes on where it was stopped, decoding nothing whose scores are kept, and says how many those were', async () => {
    const place = newFolder();
    const open = (): Scorer[] => [keptScores(counting(false).scorer, place), keptScores(counting(true).scorer, place)];
    const loaded: number[] = [];
    for await (const { scores } of scoreAll(open(), pictures(20, loaded), { batch: 3 })) if (scores[0] === 7) break;
    expect(loaded).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const progress: object[] = [];
    const rows: number[] = [];
    const options = { batch: 6, onProgress: (now: object) => progress.push(now) };
    for await (const { scores } of scoreAll(open(), pictures(20, loaded), options)) rows.push(scores[0] as number);
    expect(rows).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(loaded).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(progress).toEqual([
      { done: 6, kept: 6 },
      { done: 12, kept: 9 },
      { done: 18, kept: 9 },
      { done: 20, kept: 9 },
    ]);
  });

  it('holds no more than one batch of a source without end', async () => {
    let made = 0;
    async function* endless(): AsyncGenerator<PictureToScore> {
      for (;;) yield { prompt: '', sha256: String(made++), load: async () => dot(1) };
    }
    let seen = 0;
    for await (const _ of scoreAll([counting(false).scorer], endless(), { batch: 10 })) if (++seen === 25) break;
    expect(made).toBe(30);
  });

  it('ends between batches when asked to', async () => {
    const ending = new AbortController();
    const options = { batch: 2, signal: ending.signal, onProgress: () => ending.abort(new Error('enough')) };
    const all = async () => {
      for await (const _ of scoreAll([counting(false).scorer], pictures(9, []), options));
    };
    await expect(all()).rejects.toThrow('enough');
  });

  it('reads pictures from files, and names the file that is none', async () => {
    const path = join(folder, 'a.png');
    await writeFile(path, await encodePng(Uint8Array.of(9, 8, 7), 1, 1));
    const good = await pictureFile(path, 'nine');
    expect(await good.load()).toEqual({ width: 1, height: 1, data: Uint8Array.of(9, 8, 7) });
    expect(good.sha256).toMatch(/^[0-9a-f]{64}$/);
    const bad = join(folder, 'b.png');
    await writeFile(bad, (await readFile(path)).subarray(0, 30));
    await expect((await pictureFile(bad, '')).load()).rejects.toThrow(bad);
  });
});
