import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { float32Tensor, type Tensor } from '@bradley/formats';
import { type DiffusionModel, openDiffusionModel } from '@bradley/models';
import { diffusionDpo } from '@bradley/objectives';
import { openComparisons, type TrainingGroup } from '@bradley/preferences';
import {
  type Answer,
  type ContentCache,
  contentCache,
  type EncodedGroup,
  type EncodedImage,
  type EncodingPass,
  encodeGroups,
  type GroupDataset,
  groupBatches,
  type Proceed,
} from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadGroups } from './load-groups.js';
import { settingsOf } from './settings.js';
import { tinyRun, tinyWorkplace } from './tiny-model.test-support.js';

let base: string;
let folder: DiffusionModel;
let pairs: readonly TrainingGroup[];
beforeAll(async () => {
  base = await tinyWorkplace();
  folder = await openDiffusionModel(join(base, 'model'));
  pairs = (await loadGroups(tinyRun(base, 'run').data, diffusionDpo)).train;
});

async function encode<Answers extends Answer = 'go'>(
  cache: ContentCache,
  pass?: (what: EncodingPass) => Proceed<Answers>,
) {
  const { loadMedia } = await openComparisons(join(base, 'comparisons'));
  const options = { loadMedia, resolution: null, threads: 1, cache };
  return encodeGroups<Answers>(folder, pairs, { ...options, ...(pass ? { pass } : {}) });
}

/** The cache of that name, where an entry of latents comes as 16 MB: its mean is a view of a large tensor beside it. */
function heavy(name: string): ContentCache {
  const inner = contentCache(join(base, name));
  return {
    async get(key, make) {
      const tensors: Map<string, Tensor> = await inner.get(key, make);
      const mean = tensors.get('mean');
      if (!mean) return tensors;
      const weight = new Float32Array(4e6);
      const view = weight.subarray(0, mean.data.length);
      view.set(mean.data as Float32Array);
      return new Map([...tensors, ['mean', float32Tensor(mean.shape, view)], ['weight', float32Tensor([4e6], weight)]]);
    },
  };
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
/** What is held once what is not has been given back, which another thread does: a busy machine takes its time. */
async function heldBytes(): Promise<number> {
  let held = Number.POSITIVE_INFINITY;
  for (let unchanged = 0; unchanged < 20; unchanged++) {
    collectGarbage();
    await sleep(25);
    const { arrayBuffers } = process.memoryUsage();
    if (arrayBuffers < held) unchanged = 0;
    held = Math.min(held, arrayBuffers);
  }
  return held;
}

const wanted = new Set(['latents', 'noise', 'timesteps', 'encoderHiddenStates']);
const batchOf = (dataset: GroupDataset, number: number) =>
  groupBatches(folder, dataset, settingsOf(tinyRun(base, 'run')), wanted)(number);

describe('a dataset', () => {
  it('holds a bounded part of what was encoded, and gives the batches of one that holds it all', async () => {
    const whole = await encode(contentCache(join(base, 'whole')));
    const before = await heldBytes();
    const dataset = await encode(heavy('part')); // 24 pictures: 384 MB
    for (let number = 0; number < 6; number++)
      expect(await batchOf(dataset, number)).toEqual(await batchOf(whole, number));
    const held = (await heldBytes()) - before;
    expect(held).toBeGreaterThan(200e6);
    expect(held).toBeLessThan(256 * 2 ** 20 + 4 * 16e6); // the last entries read may not have been collected yet
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ['lost', (path) => rm(path)],
    ['damaged', (path) => writeFile(path, 'something else')],
  ])('says what to do when the cache has %s an entry, which is made again by the next', async (how, damage) => {
    const dataset = await encode(heavy(how));
    const [first, last] = [dataset.groups[0] as EncodedGroup, dataset.groups.at(-1) as EncodedGroup];
    const chosen = first.images[0] as EncodedImage;
    const { logvar } = await dataset.readImage(chosen);
    const files = (await readdir(join(base, how), { recursive: true })).filter((name) => name.endsWith('tensors'));
    const evicting = await encode(heavy(how)); // the first pictures are not in memory any more
    for (const file of files) await damage(join(base, how, file));
    expect(await evicting.readImage(last.images[1] as EncodedImage)).toBeDefined(); // still in memory
    await expect(evicting.readImage(chosen)).rejects.toThrow(
      /^the cache has lost the latents of a picture: .*\.safetensors .*missing or damaged\..* Resume the run: what is missing is encoded again\.$/,
    );
    const again = await encode(heavy(how));
    expect((await again.readImage(chosen)).logvar).toEqual(logvar);
  });
});

it('encoding that is stopped anywhere goes on where it was, and says how far it is', async () => {
  const told: string[] = [];
  const inner = contentCache(join(base, 'stopped'));
  let made = 0;
  const get: ContentCache['get'] = (key, make) => inner.get(key, () => make().finally(() => made++));
  const madeByThen: number[] = [];
  let dataset: GroupDataset | null = null;
  while (!dataset) {
    dataset = await encode(
      { get },
      (what): Proceed =>
        async ({ done, total, computed }) => {
          told.push(`${what} ${done}/${total}, ${computed} new`);
          return computed >= 5 ? 'stop' : 'go';
        },
    );
    madeByThen.push(made);
  }
  expect(madeByThen).toEqual([5, 10, 15, 20, 29, 31]); // 24 pictures, then the prompts and the empty one
  expect(told.slice(0, 2)).toEqual(['pictures 0/24, 0 new', 'pictures 1/24, 1 new']);
  expect(told.slice(-2)).toEqual(['prompts 6/7, 1 new', 'prompts 7/7, 2 new']);
  const whole = await encode(contentCache(join(base, 'whole')));
  expect(await batchOf(dataset, 2)).toEqual(await batchOf(whole, 2));
});
