import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openSafetensors } from '@bradley/formats';
import { type DiffusionModel, type SamplingAdapter, unetConfigSchema, vaeConfigSchema } from '@bradley/models';
import { diffusionDpo } from '@bradley/objectives';
import { normal } from '@bradley/runtime';
import type { GroupDataset } from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { implicitMargins, judgeGroups } from './implicit-preference.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));

let folder: DiffusionModel;
beforeAll(async () => {
  const file = fixture('unet_sd15.weights.safetensors');
  const { config } = JSON.parse(await readFile(fixture('unet_sd15.json'), 'utf8'));
  const entries = [...(await openSafetensors(file)).tensors];
  folder = {
    layout: 'folder',
    path: 'fixtures',
    unet: {
      path: file,
      config: unetConfigSchema.parse(config),
      tensors: new Map(entries.map(([name, entry]) => [name, { file, ...entry }])),
    },
    vae: { path: 'fixtures', config: vaeConfigSchema.parse({ scaling_factor: 1 }), tensors: new Map() },
    textEncoders: [],
    scheduler: { _class_name: 'DDIMScheduler', beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' },
    predictionType: 'epsilon',
  };
});

const draw = (stream: string, index: number, length: number) => normal({ seed: 0, stream, step: 0, index }, length);
const image = (index: number) => ({ geometry: [0, 0, 0, 0], content: `${index}`, key: `${index}` });

/** Groups of the pictures of those numbers, best first. */
const dataset = (of: readonly (readonly number[])[]): GroupDataset => ({
  groups: of.map((pictures, i) => ({
    id: `${i}`,
    prompt: '',
    shape: 0,
    images: pictures.map(image),
    conditions: { key: '' },
    phi: pictures.map((_, side) => 1 - side / (pictures.length - 1)),
  })),
  shapes: [{ sides: of[0]?.length ?? 2, height: 64, width: 64, latent: [4, 8, 8] }],
  conditions: { encoderHiddenStates: [5, 20] },
  empty: { key: '' },
  // A posterior that has no width.
  readImage: async ({ key }) => ({ mean: draw('mean', Number(key), 256), logvar: new Float32Array(256).fill(-60) }),
  readPrompt: async () => ({ encoderHiddenStates: draw('text', 0, 100), textEmbeds: null }),
});

/** A LoRA on every to_v, B drawn with that deviation. */
function lora(deviation: number): SamplingAdapter {
  const layers = [...folder.unet.tensors].filter(([name]) => name.endsWith('.to_v.weight'));
  const tensors = layers.flatMap(([name, { shape }], i) => {
    const [outputs = 0, inputs = 0] = shape;
    const layer = name.slice(0, -'.weight'.length);
    return [
      [`${layer}.lora_A.weight`, draw('A', i, 2 * inputs)] as const,
      [`${layer}.lora_B.weight`, draw('B', i, 2 * outputs).map((b) => b * deviation)] as const,
    ];
  });
  return { config: { rank: 2, alpha: 2, targets: ['to_v'] }, tensors: Object.fromEntries(tensors) };
}

const options = { draws: 2, batch: 2, threads: 1 };
const three = dataset([
  [0, 1],
  [2, 3],
  [4, 5],
]);

describe('the implicit margins', () => {
  it('are nothing for a policy that is the reference: the folder itself, a LoRA with B = 0, one of strength 0', async () => {
    for (const policy of [folder, lora(0), { ...lora(1), strength: 0 }])
      expect(Array.from(await implicitMargins(folder, policy, three, options), Math.abs)).toEqual([0, 0, 0]);
  });

  it('are nothing for a picture against itself: the sides share noise and timestep', async () => {
    const same = dataset([
      [0, 0],
      [1, 1],
    ]);
    for (const margin of await implicitMargins(folder, lora(1), same, options)) expect(margin).toBeCloseTo(0, 6);
  });

  it('change their sign when the sides are swapped', async () => {
    const swapped = dataset([
      [1, 0],
      [3, 2],
      [5, 4],
    ]);
    const margins = await implicitMargins(folder, lora(1), three, options);
    const others = await implicitMargins(folder, lora(1), swapped, options);
    expect(margins.every((margin) => Math.abs(margin) > 1e-5)).toBe(true);
    margins.forEach((margin, i) => {
      expect(others[i]).toBeCloseTo(-margin, 5);
    });
  });

  it('are the same each time, other for another seed, and of as many pairs as there are', async () => {
    const margins = await implicitMargins(folder, lora(1), three, options);
    expect(margins).toHaveLength(3); // the last batch is filled up
    expect(await implicitMargins(folder, lora(1), three, options)).toEqual(margins);
    expect(await implicitMargins(folder, lora(1), three, { ...options, seed: 1 })).not.toEqual(margins);
  });

  it('name what an adapter lacks', async () => {
    const { config, tensors } = lora(1);
    const [[missing] = ['']] = Object.entries(tensors);
    const { [missing]: _left, ...rest } = tensors;
    await expect(implicitMargins(folder, { config, tensors: rest }, three, options)).rejects.toThrow(
      `the adapter has nothing for ${missing}`,
    );
  });

  it('tell how far they are', async () => {
    const told: string[] = [];
    await implicitMargins(folder, folder, three, {
      ...options,
      onProgress: (done, total) => told.push(`${done}/${total}`),
    });
    expect(told).toEqual(['2/3', '3/3']);
  });
});

describe('judged pairs', () => {
  const judge = (policy: SamplingAdapter, draws: number) =>
    judgeGroups(folder, policy, three, { objective: diffusionDpo, options: { beta: 40 } }, { ...options, draws });

  it('have the loss of Diffusion-DPO that their margins say: mean −log σ(β/2 · margin) of one draw', async () => {
    const { rewards, loss } = await judge(lora(1), 1);
    const margins = rewards.map(([chosen = 0, rejected = 0]) => chosen - rejected);
    const expected = margins.reduce((sum, margin) => sum + Math.log1p(Math.exp(-20 * margin)) / 3, 0);
    expect(Math.abs(expected - Math.LN2)).toBeGreaterThan(1e-3);
    expect(loss).toBeCloseTo(expected, 5);
  });

  it('have the loss log 2 under the reference, whatever the batch: three pairs do not fill two batches of two', async () => {
    expect((await judge(lora(0), 2)).loss).toBeCloseTo(Math.LN2, 6);
  });
});
