import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { pictures } from './train.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('runs under Node as it is built, learns its task, and writes a model that ONNX Runtime finds it in', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onnx-'));
  const output = join(folder, 'trained.onnx');
  const script = join(root, 'examples/dist/train-an-onnx-model/train.js');
  const model = join(root, 'fixtures/onnx/vit.onnx');
  const { stdout } = await promisify(execFile)(process.execPath, [script, model, output]);
  expect(stdout).toContain('step 1: loss ');
  expect((await readdir(folder)).sort()).toEqual(['trained.lora.safetensors', 'trained.onnx']);

  // Pictures that training has not seen.
  const { pixel_values, labels } = pictures(10_000);
  const right = async (file: string): Promise<number> => {
    const session = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
    const { logits } = await session.run({ pixel_values: new ort.Tensor('float32', pixel_values, [16, 3, 16, 16]) });
    await session.release();
    const scores = logits?.data as Float32Array;
    return Array.from({ length: 16 }, (_, b) => {
      const row = scores.slice(b * 5, b * 5 + 5);
      return labels[b * 5 + row.indexOf(Math.max(...row))] as number;
    }).reduce((sum, hit) => sum + hit, 0);
  };
  expect(await right(model)).toBeLessThan(10);
  expect(await right(output)).toBeGreaterThanOrEqual(15);
  await rm(folder, { recursive: true });
});
