import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { graph, type StoredTensor } from '@bradley/graph';
import { evaluate, normal } from '@bradley/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportOnnx, trainedOnnx } from './export.js';
import { difference, type Exported, exported, fixture, floats, runFile } from './fixture.test-support.js';
import { openOnnxModel } from './open.js';
import { float32Of } from './tensor-values.js';
import { type OnnxTraining, trainableTensors, trainOnnx } from './trainables.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnx-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const rank = 2;
const lora = { rank, alpha: 3, targets: ['*'] };

/** Values for everything that is trained: a LoRA whose two halves are not zero, promoted tensors moved a little. */
function trainedValues({ trainables }: OnnxTraining): Record<string, Float32Array> {
  return Object.fromEntries(
    trainables.map(({ name, shape, initial }) => {
      const length = shape.reduce((product, n) => product * n, 1);
      const noise = normal({ seed: 7, stream: name, step: 0, index: 0 }, length);
      const from = initial.kind === 'stored' ? initial.read() : null;
      return [name, noise.map((x, i) => (from ? (from[i] as number) + 0.05 * x : 0.2 * x))];
    }),
  );
}

/** What the graph that was trained gives. */
async function trainedOutput({ apply, feeds }: Exported, training: OnnxTraining, values: Record<string, Float32Array>) {
  const { y } = await evaluate(graph({ y: apply(training) }), { ...feeds, ...values });
  return y?.data as Float32Array;
}

describe.each([
  ['vit', 14], // 2 layers of 6 products, the patches' convolution, the head
  ['qwen2', 15],
  ['convnext', 7], // depthwise convolutions have none
  ['resnet', 10],
])('a LoRA on every layer of %s', (name, layers) => {
  it('merged into the weights gives, in ONNX Runtime, what was trained', async () => {
    const of = await exported(name);
    const training = trainOnnx(of.model, { lora });
    expect(training.layers).toHaveLength(layers);
    const values = trainedValues(training);
    const before = floats(of.tensors, `out.${of.output}`);
    const trained = await trainedOutput(of, training, values);
    expect(difference(trained, before)).toBeGreaterThan(0.05);

    const path = join(folder, `${name}.onnx`);
    await exportOnnx(of.model, path, trainedOnnx(training, values));
    expect(difference(await runFile(path, of), trained)).toBeLessThan(1e-5);
  });
});

describe('an exported model', () => {
  it('holds promoted tensors in the place of its own, and is the same otherwise', async () => {
    const of = await exported('vit');
    const training = trainOnnx(of.model, { promote: ['*.bias', 'vit.embeddings.cls_token'] });
    const values = trainedValues(training);
    const path = join(folder, 'promoted.onnx');
    await exportOnnx(of.model, path, { tensors: values });
    expect(difference(await runFile(path, of), await trainedOutput(of, training, values))).toBeLessThan(1e-5);
    const written = await openOnnxModel(path);
    expect(written.inputs).toEqual(of.model.inputs);
    expect(written.inputs[0]?.shape[0]).toBe('batch');
    expect(written.graph.node).toEqual(of.model.graph.node);
    const changed = trainableTensors(written).filter(
      (tensor) => !Buffer.from(tensor.bytes()).equals(of.model.tensors.get(tensor.name)?.bytes() as Uint8Array),
    );
    expect(changed.map((tensor) => tensor.name).sort()).toEqual(Object.keys(values).sort());
  });

  it('says what the file said that it came from, where nothing was trained', async () => {
    const { model } = await exported('convnext');
    const path = join(folder, 'same.onnx');
    await exportOnnx(model, path, {});
    const [before, after] = [await openOnnxModel(model.path), await openOnnxModel(path)];
    expect(after.proto).toEqual(before.proto);
  });

  it('refuses values that do not fit a tensor, naming it', async () => {
    const { model } = await exported('convnext');
    const name = trainableTensors(model)[0]?.name as string;
    await expect(
      exportOnnx(model, join(folder, 'x.onnx'), { tensors: { [name]: new Float32Array(3) } }),
    ).rejects.toThrow(`3 trained numbers are given for '${name}', which is float32`);
  });
});

describe('what is trained', () => {
  it('must be there: a name that nothing has is an error that lists what there is', async () => {
    const { model } = await exported('vit');
    expect(() => trainOnnx(model, { promote: ['gamma'] })).toThrow(/no float tensor is called 'gamma'. There are \d+:/);
    expect(() => trainOnnx(model, { lora: { rank: 2, alpha: 2, targets: ['to_q'] } })).toThrow(
      /no layer that can have a LoRA is called 'to_q'. There are 14: vit.embeddings.patch_embeddings.projection, /,
    );
  });
});

it('tensors keep their types: trained 16-bit ones are rounded, 64-bit ones are not', async () => {
  const { cases } = JSON.parse(await readFile(fixture('onnx/operators.json'), 'utf8')) as {
    cases: { name: string; model: string }[];
  };
  const path = join(folder, 'types.onnx');
  const found = cases.find(({ name }) => name === '16-bit and 64-bit weights');
  await writeFile(path, Buffer.from(found?.model ?? '', 'base64'));
  const model = await openOnnxModel(path);
  const training = trainOnnx(model, { promote: ['w', 'd'] });
  const start = Object.fromEntries(
    training.trainables.map(({ name, initial }) => [name, initial.kind === 'stored' ? initial.read() : null]),
  );
  expect([start.w?.length, start.d?.length]).toEqual([36, 4]);
  const moved = {
    w: (start.w as Float32Array).map((x) => x + 1e-5),
    d: (start.d as Float32Array).map((x) => x + 1e-5),
  };
  await exportOnnx(model, path, { tensors: moved });
  const written = await openOnnxModel(path);
  expect([...written.tensors.values()].map(({ name, type }) => [name, type.name])).toEqual([
    ['w', 'float16'],
    ['d', 'float64'],
  ]);
  const values = (name: string) => float32Of(written.tensors.get(name) as StoredTensor);
  expect(values('d')).toEqual(moved.d);
  expect(difference(values('w'), moved.w)).toBeLessThan(2 ** -11);
});
