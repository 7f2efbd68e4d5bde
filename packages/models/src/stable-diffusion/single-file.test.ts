import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  float32Tensor,
  type LdmLayout,
  ldmLayouts,
  readSafetensors,
  type Tensor,
  toFloat32,
  writeSafetensors,
} from '@bradley/formats';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLatentEncoder } from './autoencoder.js';
import { openPromptEncoder } from './conditions.js';
import type { DiffusionModel } from './diffusion-model.js';
import { type OpenModelOptions, openDiffusionModel } from './open-model.js';
import { openImageSampler } from './sample.js';
import { stored, tinyWeights, type WeightType, writeTinyPipeline } from './tiny-pipeline.test-support.js';
import { writeSingleFile } from './write-single-file.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'single-'));
  for (const layout of ldmLayouts) {
    await writeTinyPipeline(join(root, layout), layout);
    await writeSingleFile(join(root, `${layout}.safetensors`), await openDiffusionModel(join(root, layout)));
  }
});
afterAll(() => rm(root, { recursive: true }));

const folder = (layout: LdmLayout) => openDiffusionModel(join(root, layout));
const file = (layout: LdmLayout, name = layout as string) =>
  openDiffusionModel(join(root, `${name}.safetensors`), { modelConfig: join(root, layout) });
const image = Float32Array.from({ length: 3 * 16 * 16 }, (_, i) => Math.sin(i));

/** What every part of a model computes: conditions of a prompt, latents of a picture, and a sampled picture. */
async function outputs(model: DiffusionModel) {
  const prompts = await openPromptEncoder(model, { threads: 1 });
  const conditions = await prompts.encode('a cat! in the night');
  await prompts.release();
  const encoder = await openLatentEncoder(model.vae, { height: 16, width: 16 }, { threads: 1 });
  const latents = await encoder.encode(image);
  await encoder.release();
  if (model.unet.config.cross_attention_dim === 24) return { conditions, latents, pictures: [] }; // the refiner
  const sampler = await openImageSampler(model, { threads: 1 });
  const pictures = await sampler.sample({ prompts: ['a cat!'], seeds: [1], steps: 3, guidance: 2 });
  await sampler.release();
  return { conditions, latents, pictures };
}

describe.each(ldmLayouts)('a single file of %s', (layout) => {
  it('computes what its folder does, bit for bit', async () => {
    const [ofFolder, ofFile] = [await outputs(await folder(layout)), await outputs(await file(layout))];
    expect(ofFolder.conditions.encoderHiddenStates.every(Number.isFinite)).toBe(true);
    expect(ofFile).toEqual(ofFolder);
  });

  it('computes the same with what released files also hold', async () => {
    const { tensors } = await readSafetensors(join(root, `${layout}.safetensors`));
    const more = new Map(tensors);
    for (const [name, tensor] of tensors) {
      if (name.startsWith('model.diffusion_model.'))
        more.set(`model_ema.${name.slice('model.'.length).replaceAll('.', '')}`, tensor);
      // SD 2 has a last layer, and SDXL none, that is not computed.
      if (layout === 'sd2' && name.includes('resblocks.1.'))
        more.set(name.replace('resblocks.1.', 'resblocks.2.'), tensor);
    }
    more.set('alphas_cumprod', float32Tensor([1], Float32Array.of(1)));
    if (layout === 'sd2')
      more.set('cond_stage_model.model.text_projection', float32Tensor([16, 12], new Float32Array(192)));
    await writeSafetensors(join(root, 'more.safetensors'), more);
    expect(more.size).toBeGreaterThan(tensors.size + 100);
    expect(await outputs(await file(layout, 'more'))).toEqual(await outputs(await folder(layout)));
  });

  it('is written again as it was, with another UNet in place of its own', async () => {
    const unet = tinyWeights(layout).unet as Map<string, Tensor>;
    const doubled = new Map(
      [...unet].map(([name, { shape, data }]) => [
        name,
        float32Tensor(
          shape,
          (data as Float32Array).map((x) => 2 * x),
        ),
      ]),
    );
    const [same, other] = [join(root, 'same.safetensors'), join(root, 'other.safetensors')];
    await writeSingleFile(same, await file(layout));
    await writeSingleFile(other, await file(layout), doubled);
    const [before, after, changed] = await Promise.all(
      [join(root, `${layout}.safetensors`), same, other].map(async (path) => (await readSafetensors(path)).tensors),
    );
    const times = (factor: number, { data }: Tensor) => (data as Float32Array).map((x) => factor * x);
    const differing = [...(before ?? [])].filter(([name, tensor]) => {
      const factor = name.startsWith('model.diffusion_model.') ? 2 : 1;
      const [kept, doubled] = [after?.get(name) as Tensor, changed?.get(name) as Tensor];
      return (
        (kept.data as Float32Array).some((x, i) => x !== tensor.data[i]) ||
        times(factor, tensor).some((x, i) => x !== doubled.data[i])
      );
    });
    expect(differing.map(([name]) => name)).toEqual([]);
    expect([[...(after?.keys() ?? [])], [...(changed?.keys() ?? [])]]).toEqual([
      [...(before?.keys() ?? [])],
      [...(before?.keys() ?? [])],
    ]);
  });
});

describe.each<WeightType>(['float16', 'bfloat16'])('weights stored as %s', (dtype) => {
  it.each(['sd1', 'sdxl'] as const)(
    'compute what the same numbers in float32 do, from folder and file: %s',
    async (layout) => {
      const [narrow, wide] = [join(root, `${layout}-${dtype}`), join(root, `${layout}-${dtype}-wide`)];
      await writeTinyPipeline(narrow, layout, { dtype });
      await writeTinyPipeline(wide, layout);
      for (const [part, tensors] of Object.entries(tinyWeights(layout))) {
        const rounded = [...stored(tensors, dtype)].map(
          ([name, tensor]) => [name, float32Tensor(tensor.shape, toFloat32(tensor))] as const,
        );
        const name = part.startsWith('text') ? 'model' : 'diffusion_pytorch_model';
        await writeSafetensors(join(wide, part, `${name}.safetensors`), new Map(rounded));
      }
      const expected = await outputs(await openDiffusionModel(wide));
      expect(await outputs(await openDiffusionModel(narrow))).toEqual(expected);
      await writeSingleFile(`${narrow}.safetensors`, await openDiffusionModel(narrow));
      expect(await outputs(await openDiffusionModel(`${narrow}.safetensors`, { modelConfig: narrow }))).toEqual(
        expected,
      );
      expect(expected).not.toEqual(await outputs(await folder(layout)));
    },
  );
});

describe('a single file that is damaged', () => {
  const opening = async (change: (tensors: Map<string, Tensor>) => void) => {
    const { tensors } = await readSafetensors(join(root, 'sdxl.safetensors'));
    change(tensors);
    await writeSafetensors(join(root, 'damaged.safetensors'), tensors);
    const model = await file('sdxl', 'damaged');
    await outputs(model);
  };
  const names = async () => [...(await readSafetensors(join(root, 'sdxl.safetensors'))).tensors.keys()];

  it('by a tensor that is missing, whichever it is, says so and names it', async () => {
    const all = await names();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...all), async (name) => {
        await expect(opening((tensors) => tensors.delete(name))).rejects.toThrow(
          /: the model needs \(.*\), but .*damaged\.safetensors has no such tensor|cannot be opened|that no Stable Diffusion has/,
        );
      }),
      { numRuns: 12 },
    );
  });

  it('by a tensor of another shape, whichever it is, says so and names it', async () => {
    const all = await names();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...all), async (name) => {
        const wrong = (tensors: Map<string, Tensor>) => {
          const shape = [...(tensors.get(name) as Tensor).shape.slice(0, -1), 7];
          const length = shape.reduce((a, b) => a * b, 1);
          tensors.set(name, float32Tensor(shape, new Float32Array(length)));
        };
        await expect(opening(wrong)).rejects.toThrow(/the model needs \(.*\), but .*damaged\.safetensors has/);
      }),
      { numRuns: 12 },
    );
  });
});

it('cannot sample with the refiner of SDXL alone, and says why', async () => {
  await expect(openImageSampler(await file('sdxl-refiner'), { threads: 1 })).rejects.toThrow(
    /refiner of SDXL: it finishes/,
  );
});

describe('what is opened', () => {
  it('may be a folder of before diffusers 0.17, with other names in its autoencoder', async () => {
    const old = join(root, 'old');
    await writeTinyPipeline(old, 'sd1');
    const names = { to_q: 'query', to_k: 'key', to_v: 'value', 'to_out.0': 'proj_attn' } as const;
    const renamed = [...(tinyWeights('sd1').vae as Map<string, Tensor>)].map(([name, tensor]) => {
      const [to, from] = Object.entries(names).find(([of]) => name.includes(`attentions.0.${of}.`)) ?? ['', ''];
      return [name.replace(to, from), tensor] as const;
    });
    expect(renamed.filter(([name]) => name.includes('proj_attn'))).toHaveLength(4);
    await writeSafetensors(join(old, 'vae', 'diffusion_pytorch_model.safetensors'), new Map(renamed));
    expect(await outputs(await openDiffusionModel(old))).toEqual(await outputs(await folder('sd1')));
  });

  it('may have its UNet in shards, each read where it lies', async () => {
    const sharded = join(root, 'sharded');
    await writeTinyPipeline(sharded, 'sd1');
    const unet = [...(tinyWeights('sd1').unet as Map<string, Tensor>)];
    await rm(join(sharded, 'unet', 'diffusion_pytorch_model.safetensors'));
    const shards = [0, 1, 2].map(
      (n) => [`diffusion_pytorch_model-0000${n + 1}-of-00003.safetensors`, unet.filter((_, i) => i % 3 === n)] as const,
    );
    for (const [name, tensors] of shards) await writeSafetensors(join(sharded, 'unet', name), new Map(tensors));
    const weight_map = Object.fromEntries(shards.flatMap(([file, tensors]) => tensors.map(([name]) => [name, file])));
    const index = join(sharded, 'unet', 'diffusion_pytorch_model.safetensors.index.json');
    await writeFile(index, JSON.stringify({ metadata: { total_size: 1 }, weight_map }));
    expect(await outputs(await openDiffusionModel(sharded))).toEqual(await outputs(await folder('sd1')));
    const { 'conv_in.weight': _, ...less } = weight_map;
    await writeFile(index, JSON.stringify({ weight_map: less }));
    await expect(openDiffusionModel(sharded).then(outputs)).rejects.toThrow(
      /conv_in\.weight: the model needs \(16, 4, 3, 3\), but .*unet has no such tensor/,
    );
    await rm(join(sharded, 'unet', shards[1]?.[0] as string));
    await expect(openDiffusionModel(sharded)).rejects.toThrow(/00002-of-00003\.safetensors: there is no such file/);
  });

  it.each<[string, string, OpenModelOptions, RegExp]>([
    [
      'a pickled file',
      'model.ckpt',
      {},
      /model\.ckpt: a model is a diffusers folder or a \.safetensors file\. Pickled/,
    ],
    [
      'a folder that is told what it says',
      'sd1',
      { tokenizer: 't' },
      /a diffusers folder says its tokenizer itself\. Leave it out/,
    ],
    ['a file of a variant', 'sd1.safetensors', { variant: 'fp16' }, /one file, and only a folder has variants/],
    ['nothing', 'nowhere', {}, /nowhere is not a diffusers pipeline folder/],
    [
      'a file of another geometry than is released',
      'sd1.safetensors',
      { tokenizer: 't' },
      /block_out_channels: \[16, 32\], not \[320, 640, 1280, 1280\]/,
    ],
  ])('is told what is wrong: %s', async (_what, name, options, message) => {
    if (name.endsWith('.ckpt')) await writeFile(join(root, name), 'pickled');
    await expect(openDiffusionModel(join(root, name), options)).rejects.toThrow(message);
  });
});
