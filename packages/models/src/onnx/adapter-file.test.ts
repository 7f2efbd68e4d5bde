import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Tensor, readSafetensors, type Tensor, writeSafetensors } from '@bradley/formats';
import { normal } from '@bradley/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readOnnxAdapter, writeOnnxAdapter } from './adapter-file.js';
import { exportOnnx, trainedOnnx } from './export.js';
import { difference, exported, fixture, floats, runFile } from './fixture.test-support.js';
import { openOnnxModel } from './open.js';
import { trainOnnx } from './trainables.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnx-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each(['pytorch_lora_weights', 'kohya'])(
  'a LoRA of diffusers, in the file of %s, merges into the exported UNet',
  async (layout) => {
    const model = await openOnnxModel(fixture('unet_sd15.onnx'));
    const { tensors } = await readSafetensors(fixture('lora_unet_sd15.io.safetensors'));
    const lora = await readOnnxAdapter(fixture(`lora_unet_sd15.${layout}.safetensors`), model);
    const path = join(folder, `merged ${layout}.onnx`);
    await exportOnnx(model, path, { lora });
    const feeds = Object.fromEntries(
      model.inputs.map(({ name }) => [name, tensors.get(`in.${name}`)?.data as Float32Array]),
    );
    const found = await runFile(path, { model, tensors, output: 'out_sample', feeds });
    expect(difference(found, floats(tensors, 'out.sample_fused'))).toBeLessThan(1e-5);
    expect(difference(found, floats(tensors, 'out.sample_no_lora'))).toBeGreaterThan(0.01);
  },
);

it('what is written is read again, layers and scale', async () => {
  const { model } = await exported('convnext');
  const training = trainOnnx(model, { lora: { rank: 2, alpha: 3, targets: ['*'] } });
  const values = Object.fromEntries(
    training.trainables.map(({ name, shape }) => [
      name,
      normal(
        { seed: 1, stream: name, step: 0, index: 0 },
        shape.reduce((a, b) => a * b, 1),
      ),
    ]),
  );
  const path = join(folder, 'lora.safetensors');
  const { lora } = trainedOnnx(training, values);
  await writeOnnxAdapter(path, lora);
  const again = await readOnnxAdapter(path, model);
  const byPath = (a: (typeof again)[number], b: (typeof again)[number]) => (a.layer.path < b.layer.path ? -1 : 1);
  expect(again.sort(byPath)).toEqual([...lora].sort(byPath));
  expect((await readOnnxAdapter(path, model, 0.5))[0]?.scale).toBeCloseTo(0.75, 6);
});

it('a layer that the model has not, or of another size, is an error that names it', async () => {
  const { model } = await exported('convnext');
  const path = join(folder, 'wrong.safetensors');
  const write = (layer: string, width: number) =>
    writeSafetensors(
      path,
      new Map<string, Tensor>([
        [`${layer}.lora_A.weight`, float32Tensor([1, width], new Float32Array(width))],
        [`${layer}.lora_B.weight`, float32Tensor([5, 1], new Float32Array(5))],
      ]),
    );
  await write('classifer', 16);
  await expect(readOnnxAdapter(path, model)).rejects.toThrow('it has a LoRA of classifer, which is no layer of');
  await write('classifier', 15);
  await expect(readOnnxAdapter(path, model)).rejects.toThrow(
    'the LoRA of classifier is (1, 15) and (5, 1), but the layer takes 16 to 5',
  );
});
