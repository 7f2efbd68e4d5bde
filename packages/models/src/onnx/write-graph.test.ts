import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSafetensors, readSafetensors, type Tensor } from '@bradley/formats';
import { type Graph, graph, importOnnx, input, layerNorm, type Value } from '@bradley/graph';
import { evaluate, normal } from '@bradley/runtime';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageRewardConfigSchema, imageRewardScale } from '../blip/image-reward.js';
import { imageRewardGraph } from '../blip/image-reward-graph.js';
import { clipConfigSchema } from '../clip/clip-model.js';
import { clipScoreGraph } from '../clip/clip-score.js';
import type { Part } from '../stable-diffusion/diffusion-model.js';
import { openOnnxModel } from './open.js';
import { writeOnnxGraph } from './write-graph.js';

const at = (name: string): string => fileURLToPath(new URL(`../../../../fixtures/${name}`, import.meta.url));

async function fixture<Config>(name: string, parse: (json: unknown) => Config) {
  const { config } = JSON.parse(await readFile(at(`${name}.json`), 'utf8'));
  const { tensors: io } = await readSafetensors(at(`${name}.io.safetensors`));
  const file = at(`${name}.weights.safetensors`);
  const stored = [...(await openSafetensors(file)).tensors].map(([key, entry]) => [key, { file, ...entry }] as const);
  const part: Part<Config> = { path: file, config: parse(config), tensors: new Map(stored) };
  return { io, part };
}

/** The first `rows` rows of a fixture's input, as a plain tensor of the runtime. */
function feed(io: ReadonlyMap<string, Tensor>, name: string, rows: number): ort.Tensor {
  const { data, shape, dtype } = io.get(`in.${name}`) as Tensor;
  const width = data.length / (shape[0] as number);
  return new ort.Tensor(dtype as 'float32', data.slice(0, rows * width) as Float32Array, [rows, ...shape.slice(1)]);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-graph-'));
});
afterAll(() => rm(folder, { recursive: true }));

const clip = await fixture('clip_full_pickscore', (json) => clipConfigSchema.parse(json));
const blip = await fixture('blip_reward', (json) => imageRewardConfigSchema.parse(json));
const logits = (clip.io.get('out.logits_per_text') as Tensor).data as Float32Array; // (2 texts, 3 pictures)
const rewards = (blip.io.get('out.reward') as Tensor).data as Float32Array;

describe.each<[string, Graph, Record<string, ort.Tensor>, number[]]>([
  [
    'CLIP',
    clipScoreGraph(clip.part, { batch: 2, textLength: 10 }),
    { pixel_values: feed(clip.io, 'pixel_values', 2), input_ids: feed(clip.io, 'input_ids', 2) },
    [logits[0] as number, logits[4] as number],
  ],
  [
    'ImageReward',
    imageRewardGraph(blip.part, { batch: 2, textLength: 8 }),
    Object.fromEntries(['pixel_values', 'input_ids', 'attention_mask'].map((name) => [name, feed(blip.io, name, 2)])),
    [...rewards].map((reward) => (reward - imageRewardScale.mean) / imageRewardScale.deviation),
  ],
])('a scorer of %s written as ONNX', (name, from, feeds, want) => {
  it.each([
    ['with its weights inside', undefined, ['.onnx']],
    ['with its weights beside it', 1000, ['.onnx', '.onnx.data']],
  ])('gives the same numbers in the plain runtime, %s', async (where, inside, endings) => {
    const into = join(folder, name, where);
    const path = join(into, 'scorer.onnx');
    const files = await writeOnnxGraph(path, from, inside === undefined ? {} : { inside });
    expect(files).toEqual(endings.map((ending) => join(into, `scorer${ending}`)));
    expect((await readdir(into)).sort()).toEqual(endings.map((ending) => `scorer${ending}`));
    const session = await ort.InferenceSession.create(path);
    expect(session.outputNames).toEqual(['score']);
    const { score } = await session.run(feeds);
    await session.release();
    const got = score?.data as Float32Array;
    expect(got).toHaveLength(want.length);
    for (const [i, value] of want.entries()) expect(got[i]).toBeCloseTo(value, 4);
  });

  it('has standard operators only, and its weights by their names in the checkpoint', async () => {
    const path = join(folder, `${name}.onnx`);
    await writeOnnxGraph(path, from);
    const { tensors } = await openOnnxModel(path);
    const stored = name === 'CLIP' ? clip.part.tensors : blip.part.tensors;
    expect([...stored.keys()].filter((key) => !tensors.has(key))).toEqual([]);
    expect((await readFile(path)).includes('com.microsoft')).toBe(false);
  });

  it('is read back, and gives the same numbers', async () => {
    const path = join(folder, `${name} again.onnx`);
    await writeOnnxGraph(path, from);
    const inputs = Object.entries(feeds).map(([key, { dims, type }]) => [key, input(key, dims, type as 'float32')]);
    const { score } = importOnnx(await openOnnxModel(path), Object.fromEntries(inputs));
    const data = Object.fromEntries(Object.entries(feeds).map(([key, tensor]) => [key, tensor.data as Float32Array]));
    const got = (await evaluate(graph({ score: score as Value }), data)).score?.data as Float32Array;
    for (const [i, value] of want.entries()) expect(got[i]).toBeCloseTo(value, 4);
  });
});

it('reads the statistics of a layer norm that ONNX Runtime gives', async () => {
  const [y, mean, inverse] = layerNorm(input('x', [3, 2, 5]), input('scale', [5]), input('bias', [5]), 1e-5).node
    .outputs as [Value, Value, Value];
  const path = join(folder, 'statistics.onnx');
  await writeOnnxGraph(path, graph({ y, mean, inverse }));
  const shapes = { x: [3, 2, 5], scale: [5], bias: [5] };
  const data = Object.fromEntries(
    Object.entries(shapes).map(([key, shape]) => [
      key,
      normal(
        { seed: 3, stream: key, step: 0, index: 0 },
        shape.reduce((a, b) => a * b),
      ),
    ]),
  );
  const session = await ort.InferenceSession.create(path);
  const theirs = await session.run(
    Object.fromEntries(
      Object.entries(shapes).map(([key, shape]) => [key, new ort.Tensor('float32', data[key] as Float32Array, shape)]),
    ),
  );
  await session.release();
  const inputs = Object.entries(shapes).map(([key, shape]) => [key, input(key, shape)]);
  const read = importOnnx(await openOnnxModel(path), Object.fromEntries(inputs));
  const ours = await evaluate(graph(read), data);
  for (const key of ['y', 'mean', 'inverse']) {
    expect(ours[key]?.shape).toEqual(theirs[key]?.dims);
    const values = theirs[key]?.data as Float32Array;
    for (const [i, value] of values.entries()) expect(ours[key]?.data[i]).toBeCloseTo(value, 5);
  }
});
