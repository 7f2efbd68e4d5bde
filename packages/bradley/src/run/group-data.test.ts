import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { TimestepRule } from '@bradley/diffusion';
import { joinFloat32, type Tensor } from '@bradley/formats';
import { type DiffusionModel, openDiffusionModel } from '@bradley/models';
import { diffusionDpo, objectiveNamed } from '@bradley/objectives';
import { openComparisons, type TrainingGroup } from '@bradley/preferences';
import { contentCache, encodeGroups, type GroupDataset, groupBatches } from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadGroups } from './load-groups.js';
import { tinyPrompts, tinyRun, tinyWorkplace } from './tiny-model.test-support.js';

let base: string;
let folder: DiffusionModel;
let pairs: readonly TrainingGroup[];
let dataset: GroupDataset;
beforeAll(async () => {
  base = await tinyWorkplace();
  folder = await openDiffusionModel(join(base, 'model'));
  pairs = (await loadGroups(tinyRun(base, 'run').data, diffusionDpo)).train;
  dataset = (await encode('cache')).dataset;
});

/** Encodes all pairs with the cache of that name, and counts what was made. */
async function encode(name: string) {
  const inner = contentCache(join(base, name));
  const source = await openComparisons(join(base, 'comparisons'));
  let made = 0;
  const encoded = await encodeGroups(folder, pairs, {
    loadMedia: (candidate) => source.loadMedia(candidate),
    resolution: null,
    threads: 1,
    cache: {
      get: (key, make) =>
        inner.get(key, (): Promise<Map<string, Tensor>> => {
          made++;
          return make();
        }),
    },
  });
  return { dataset: encoded, made };
}

/** A dataset with all that can be read of it. */
const everythingOf = async ({ readImage, readPrompt, ...known }: GroupDataset) => ({
  known,
  read: await Promise.all(
    known.groups.map(async ({ images, conditions }) => [
      ...(await Promise.all(images.map(readImage))),
      await readPrompt(conditions),
    ]),
  ),
});

const everything = new Set(['latents', 'noise', 'timesteps', 'signal', 'spread', 'encoderHiddenStates', 'preference']);
const settings = {
  batch: 4,
  seed: 5,
  captionDropout: 0,
  timesteps: 'uniform' as TimestepRule,
  noiseDraws: null,
  batchesInRow: 1,
  shareNoise: true,
  objective: objectiveNamed('diffusion-dpo'),
};
const batches = (change: Partial<typeof settings> = {}, wanted = everything) =>
  groupBatches(folder, dataset, { ...settings, ...change }, wanted);

describe('encoded pairs', () => {
  it('are those of the data, with latents and prompts of the shapes that the model takes', async () => {
    expect(dataset.groups).toHaveLength(12);
    expect(new Set(dataset.groups.map(({ prompt }) => prompt))).toEqual(new Set(tinyPrompts));
    expect(dataset).toMatchObject({
      shapes: [{ latent: [4, 8, 8], height: 16, width: 16 }],
      conditions: { encoderHiddenStates: [12, 16] },
    });
    for (const { images, conditions } of dataset.groups) {
      expect(images).toHaveLength(2);
      for (const image of images) expect((await dataset.readImage(image)).logvar).toHaveLength(256);
      expect((await dataset.readPrompt(conditions)).encoderHiddenStates).toHaveLength(12 * 16);
    }
  });

  it('encode each picture and each prompt once, and at the second time nothing', async () => {
    const first = await encode('second time');
    expect(first.made).toBe(2 * 12 + tinyPrompts.length + 1); // and the empty prompt
    const second = await encode('second time');
    expect(second.made).toBe(0);
    expect(await everythingOf(second.dataset)).toEqual(await everythingOf(first.dataset));
  });

  it('are made again where the cache is damaged, to the same numbers', async () => {
    const whole = await encode('damaged');
    const files = (await readdir(join(base, 'damaged'), { recursive: true })).filter((name) =>
      name.endsWith('tensors'),
    );
    for (const file of files.slice(0, 5)) await truncate(join(base, 'damaged', file), 100);
    const again = await encode('damaged');
    expect(again.made).toBe(5);
    expect(await everythingOf(again.dataset)).toEqual(await everythingOf(whole.dataset));
  });
});

describe('a batch of pairs', () => {
  it('has noise and timestep once for a pair, and latents for both of its sides', async () => {
    const feeds = await batches()(0);
    const lengths = Object.fromEntries(Object.entries(feeds).map(([name, data]) => [name, data.length]));
    expect(lengths).toEqual({
      latents: 2 * 4 * 256,
      noise: 4 * 256,
      timesteps: 4,
      signal: 4,
      spread: 4,
      encoderHiddenStates: 4 * 192,
      preference: 4,
    });
  });

  it('has the timesteps of its rule, with the noise that they mean', async () => {
    const of = async (timesteps: TimestepRule) =>
      (await batches({ timesteps, batch: 12 })(0)) as Record<string, Float32Array>;
    const [uniform, refiner, turbo] = [await of('uniform'), await of('refiner'), await of('turbo')];
    expect(Math.max(...(uniform.timesteps ?? []))).toBeGreaterThan(200);
    expect(refiner.timesteps).toEqual(uniform.timesteps?.map((t) => t % 200));
    for (const [i, t] of (turbo.timesteps ?? []).entries()) {
      expect([249, 499, 749, 999]).toContain(t);
      if (t === 999) expect([turbo.signal?.[i], turbo.spread?.[i]]).toEqual([0, 1]);
    }
    expect(turbo.timesteps).toContain(999);
  });

  it('tells SDXL the size that is trained at, and its refiner an aesthetic score', async () => {
    const told = async (count: number) => {
      const xl = { ...dataset, conditions: { ...dataset.conditions, timeIds: [count] } };
      const { timeIds } = await groupBatches(folder, xl, { ...settings, batch: 1 }, new Set(['timeIds']))(0);
      return Array.from(timeIds as Float32Array);
    };
    expect(await told(6)).toEqual([16, 16, 0, 0, 16, 16]);
    expect(await told(5)).toEqual([16, 16, 0, 0, 6]);
  });

  it('has the chosen latents first, then the rejected ones, in the same order', async () => {
    const { latents } = await batches()(0);
    const { read } = await everythingOf(dataset);
    const means = read.flatMap((of) => of.flatMap((tensors) => ('mean' in tensors ? [tensors.mean] : [])));
    const warm = (row: number): string => {
      const nearest = means.map((mean, i) => ({
        side: i % 2 ? 'rejected' : 'chosen',
        far: distance(latents as Float32Array, row, mean),
      }));
      return nearest.toSorted((a, b) => a.far - b.far)[0]?.side ?? '';
    };
    // The posterior is wide in a model that knows nothing; the pictures still tell warm from cold.
    const sides = Array.from({ length: 8 }, (_, row) => warm(row));
    expect(sides.slice(0, 4).filter((side) => side === 'chosen').length).toBeGreaterThanOrEqual(3);
    expect(sides.slice(4).filter((side) => side === 'rejected').length).toBeGreaterThanOrEqual(3);
  });

  it('is a function of its number, whatever was asked for before', async () => {
    const [one, other] = [batches(), batches()];
    for (const number of [9, 0, 3, 9]) await one(number);
    expect(await one(4)).toEqual(await other(4));
    expect((await one(5)).noise).not.toEqual((await one(4)).noise);
    expect((await batches({ seed: 6 })(4)).noise).not.toEqual((await one(4)).noise);
  });

  it('draws the posterior anew each time, and each picture of it apart', async () => {
    const batch = batches({ batch: 12 });
    const [first, later] = [await batch(0), await batch(1)];
    expect(first.latents).not.toEqual(later.latents);
    const rows = Array.from({ length: 24 }, (_, row) =>
      (first.latents as Float32Array).slice(row * 256, row * 256 + 256),
    );
    expect(new Set(rows.map(String)).size).toBe(24);
  });

  it('has only what the graph wants, and one side for an objective of one', async () => {
    const feeds = await batches({ objective: objectiveNamed('sft') }, new Set(['latents', 'noise']))(0);
    expect(Object.keys(feeds)).toEqual(['latents', 'noise']);
    expect(feeds.latents).toHaveLength(4 * 256);
  });

  it('visits every pair once in an epoch', async () => {
    const batch = batches();
    const seen = [];
    for (let number = 0; number < 3; number++) {
      const { encoderHiddenStates } = await batch(number);
      for (let i = 0; i < 4; i++)
        seen.push(String((encoderHiddenStates as Float32Array).slice(i * 192, i * 192 + 192)));
    }
    const counts = new Map<string, number>();
    for (const prompt of seen) counts.set(prompt, (counts.get(prompt) ?? 0) + 1);
    expect([...counts.values()]).toEqual(tinyPrompts.map(() => 2));
  });
});

describe('caption dropout', () => {
  it('puts the empty prompt in place of about its share, the same ones every time, and changes nothing else', async () => {
    const [kept, dropped] = [batches(), batches({ captionDropout: 0.3 })];
    let empty = 0;
    const nothing = String((await dataset.readPrompt(dataset.empty)).encoderHiddenStates);
    for (let number = 0; number < 100; number++) {
      const { encoderHiddenStates, ...rest } = await dropped(number);
      const { encoderHiddenStates: whole, ...others } = await kept(number);
      if (number < 10) {
        expect(rest).toEqual(others);
        expect((await batches({ captionDropout: 0.3 })(number)).encoderHiddenStates).toEqual(encoderHiddenStates);
      }
      for (let i = 0; i < 4; i++) {
        const row = (of: unknown) => String((of as Float32Array).slice(i * 192, i * 192 + 192));
        if (row(encoderHiddenStates) === nothing) empty++;
        else expect(row(encoderHiddenStates)).toBe(row(whole));
      }
    }
    expect(empty / 400).toBeGreaterThan(0.22); // three deviations of 400 draws
    expect(empty / 400).toBeLessThan(0.38);
  });

  it('of 1 leaves no prompt, and of 0 all of them', async () => {
    const { encoderHiddenStates } = await dataset.readPrompt(dataset.empty);
    const none = joinFloat32(Array.from({ length: 4 }, () => encoderHiddenStates));
    expect((await batches({ captionDropout: 1 })(0)).encoderHiddenStates).toEqual(none);
    expect((await batches()(0)).encoderHiddenStates).not.toEqual(none);
  });
});

function distance(latents: Float32Array, row: number, mean: Float32Array): number {
  return mean.reduce((sum, m, i) => sum + ((latents[row * mean.length + i] as number) - m) ** 2, 0);
}
