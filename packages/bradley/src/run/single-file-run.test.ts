import { cp, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  bfloat16ToFloat32,
  float32Tensor,
  float32ToBfloat16,
  readSafetensors,
  type Tensor,
  toFloat32,
  writeSafetensors,
} from '@bradley/formats';
import { openDiffusionModel, writeSingleFile } from '@bradley/models';
import { createRun } from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatRunConfig } from '../config/format-run-config.js';
import { sampleImages } from '../sample-images.js';
import { tables } from '../tables.js';
import { runTraining } from './run-training.js';
import { tinyRun, tinyWorkplace } from './tiny-model.test-support.js';
import { fullFile, fullFolder, loraFile } from './write-result.js';

let base: string;
beforeAll(async () => {
  base = await tinyWorkplace();
  await writeSingleFile(join(base, 'tiny.safetensors'), await openDiffusionModel(join(base, 'model')));
});

const ofFile = () => ({ model: join(base, 'tiny.safetensors'), modelConfig: join(base, 'model') });

async function train(output: string, overrides: Readonly<Record<string, unknown>>): Promise<string> {
  const config = tinyRun(base, output, { 'train.steps': 3, ...overrides });
  await createRun(config.output, formatRunConfig(config, tables));
  expect(await runTraining(config.output)).toBe('finished');
  return config.output;
}

const picture = async (model: string, modelConfig: string | null) => {
  const output = await mkdtemp(join(base, 'pictures-'));
  await sampleImages({
    model,
    fetch: { modelConfig },
    prompts: ['cat'],
    seeds: [0],
    steps: 2,
    guidance: 2,
    threads: 1,
    output,
  });
  return readFile(join(output, '0000.png'));
};

describe('a run on a single file', () => {
  it('trains the LoRA that it trains on the same weights in a folder, byte for byte', async () => {
    const [folder, file] = [await train('lora-folder', {}), await train('lora-file', ofFile())];
    expect(await readFile(join(file, loraFile))).toEqual(await readFile(join(folder, loraFile)));
  });

  it('writes a single file when all weights are trained: it opens, draws what the folder would, and can be trained on', async () => {
    const full = { 'adapter.kind': 'full', 'objective.name': 'sft' };
    const folder = await train('full-folder', full);
    const file = await train('full-file', { ...full, ...ofFile() });
    const [path, config] = [join(file, fullFile), join(base, 'model')];
    expect(await picture(path, config)).toEqual(await picture(join(folder, fullFolder), null));
    expect(await picture(path, config)).not.toEqual(await picture(ofFile().model, config));
    const [before, after] = [await readSafetensors(ofFile().model), await readSafetensors(path)];
    expect([...after.tensors.keys()].sort()).toEqual([...before.tensors.keys()].sort());
    expect(after.metadata['modelspec.prediction_type']).toBe('v');
    await train('again', { ...ofFile(), model: path });
  });
});

describe('stored weights', () => {
  /** A model whose every weight is changed. */
  async function changed(name: string, change: (tensor: Tensor) => Tensor): Promise<string> {
    const folder = join(base, name);
    await cp(join(base, 'model'), folder, { recursive: true });
    for (const file of ['unet/diffusion_pytorch_model', 'vae/diffusion_pytorch_model', 'text_encoder/model']) {
      const path = join(folder, `${file}.safetensors`);
      const { tensors } = await readSafetensors(path);
      await writeSafetensors(path, new Map([...tensors].map(([of, tensor]) => [of, change(tensor)])));
    }
    return folder;
  }
  const rounded = (tensor: Tensor): Uint16Array => float32ToBfloat16(toFloat32(tensor));

  it.each<[string, (tensor: Tensor) => Tensor, (tensor: Tensor) => Tensor]>([
    ['float16', (tensor) => tensor, (tensor) => float32Tensor(tensor.shape, toFloat32(tensor))],
    [
      'bfloat16',
      (tensor) => ({ dtype: 'bfloat16', shape: tensor.shape, data: rounded(tensor) }),
      (tensor) => float32Tensor(tensor.shape, bfloat16ToFloat32(rounded(tensor))),
    ],
  ])('train as the same numbers in float32 do: %s', async (dtype, narrow, wide) => {
    const [a, b] = [await changed(`${dtype}-narrow`, narrow), await changed(`${dtype}-wide`, wide)];
    for (const kind of ['lora', 'full']) {
      const overrides = { 'adapter.kind': kind };
      const runs = [
        await train(`${dtype}-${kind}-narrow`, { ...overrides, model: a }),
        await train(`${dtype}-${kind}-wide`, { ...overrides, model: b }),
      ];
      const file = kind === 'lora' ? loraFile : join(fullFolder, 'unet', 'diffusion_pytorch_model.safetensors');
      const [first, second] = await Promise.all(runs.map((run) => readFile(join(run, file))));
      expect(Buffer.compare(first as Buffer, second as Buffer)).toBe(0);
    }
  });
});
