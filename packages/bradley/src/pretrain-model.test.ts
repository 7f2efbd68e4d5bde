import { cp, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDiffusionModel, openImageSampler } from '@bradley/models';
import { askRun, type Recipe, vaeLoss } from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { pretrainModel } from './pretrain-model.js';
import { tinyRecipe, writeTinyComparisons } from './run/tiny-model.test-support.js';

const tokenizer = fileURLToPath(new URL('../../../models/emoji/tokenizer', import.meta.url));

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'pretrain-'));
  await cp(tokenizer, join(base, 'tokenizer'), { recursive: true });
  const training = { steps: 12, batch: 2, learningRate: 1e-3, checkpointEvery: 3, warmup: 2 };
  const recipe: Recipe = {
    ...tinyRecipe,
    vae: { ...tinyRecipe.vae, train: { ...tinyRecipe.vae.train, ...training } },
    train: { ...tinyRecipe.train, ...training },
  };
  await writeFile(join(base, 'recipe.yaml'), JSON.stringify(recipe));
  await writeTinyComparisons(base, 4);
  const captions = ['dog face', 'cat', 'pizza', 'bear'].map((prompt, i) =>
    JSON.stringify({ file: `chosen/pair-0${i}.png`, prompt }),
  );
  await writeFile(join(base, 'captions.jsonl'), `${captions.join('\n')}\n`);
});

const pretrain = (name: string) =>
  pretrainModel({
    recipe: join(base, 'recipe.yaml'),
    data: base,
    runs: join(base, `runs ${name}`),
    output: join(base, name),
    threads: 1,
  });
const steps = async (name: string, stage: string): Promise<number[]> =>
  (await readFile(join(base, `runs ${name}`, stage, 'metrics.jsonl'), 'utf8').catch(() => ''))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).step);

describe('pretraining', () => {
  it('writes a diffusers folder that samples, the same when it was stopped on the way', async () => {
    expect(await pretrain('whole')).toBe(true);
    const folder = await openDiffusionModel(join(base, 'whole'));
    expect(folder.vae.config.scaling_factor).not.toBe(1); // one over the deviation of its latents
    const sampler = await openImageSampler(folder, { threads: 1 });
    const [image] = await sampler.sample({ prompts: ['cat'], seeds: [0], steps: 2, guidance: 2 });
    await sampler.release();
    expect(image?.data.every(Number.isFinite)).toBe(true);

    for (const stage of ['vae', 'denoiser']) {
      const stopped = pretrain('parts');
      while ((await steps('parts', stage)).length < 2) await sleep(1);
      await askRun(join(base, 'runs parts', stage), { pause: false, stop: true });
      expect(await stopped).toBe(false);
      expect(await readdir(base)).not.toContain('parts');
    }
    expect(await pretrain('parts')).toBe(true);
    for (const stage of ['vae', 'denoiser'])
      expect(await steps('parts', stage)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    for (const file of await readdir(join(base, 'whole'), { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      const other = path.replace(join(base, 'whole'), join(base, 'parts'));
      expect((await readFile(other)).equals(await readFile(path)), path).toBe(true);
    }
  });

  it('names a recipe that is not one, a caption without a prompt, and a picture outside of its folder', async () => {
    const bad = join(base, 'bad.yaml');
    await writeFile(bad, JSON.stringify({ ...tinyRecipe, imageSize: 'large' }));
    const options = { data: base, runs: join(base, 'none'), output: join(base, 'none') };
    await expect(pretrainModel({ recipe: bad, ...options })).rejects.toThrow(/bad\.yaml is not a recipe:.*imageSize/s);
    for (const [line, problem] of [
      ['{"file": "a.png"}', /captions\.jsonl:1: expected \{"file", "prompt"\}/],
      ['{"file": "../a.png", "prompt": "cat"}', /captions\.jsonl:1: \.\.\/a\.png lies outside/],
    ] as const) {
      const data = await mkdtemp(join(base, 'data-'));
      await writeFile(join(data, 'captions.jsonl'), `${line}\n`);
      const good = join(base, 'recipe.yaml');
      await expect(pretrainModel({ recipe: good, ...options, data })).rejects.toThrow(problem);
    }
  });
});

it('asks the autoencoder for the weights of its own checkpoint, encoder and decoder', () => {
  const { trainables } = vaeLoss(tinyRecipe.vae.config, 2, 16, { gradient: 1, kl: 1 });
  const parts = new Set(trainables.map(({ name }) => name.split('.')[0]));
  expect([...parts].sort()).toEqual(['decoder', 'encoder', 'post_quant_conv', 'quant_conv']);
});
