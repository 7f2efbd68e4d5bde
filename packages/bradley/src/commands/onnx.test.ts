import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { run } from './run-command.test-support.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../../../fixtures/${name}`, import.meta.url));

it('bradley onnx inspect prints what a model takes and what can be trained', async () => {
  const { code, stdout } = await run(
    'onnx',
    'inspect',
    fixture('onnx/qwen2.onnx'),
    '--lengths',
    'batch=2,sequence=8',
    '--layers',
  );
  expect(code).toBe(0);
  expect(stdout).toContain('Input         input_ids  int64 (batch, sequence)');
  expect(stdout).toContain('LoRA          15 layers: 15 linear, 0 convolutions');
  expect(stdout).toContain('Read          the whole model, as training would');
  expect(stdout).toContain('\n  model.layers.1.mlp.down_proj  48 → 32\n');
  expect(stdout).not.toContain('Not read');
});

it('bradley onnx merge writes a model that onnx inspect reads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onnx-'));
  const output = join(folder, 'unet/model.onnx');
  const lora = fixture('lora_unet_sd15.pytorch_lora_weights.safetensors');
  expect(
    await run('onnx', 'merge', fixture('unet_sd15.onnx'), '--lora', `${lora}:0.5`, '--output', output),
  ).toMatchObject({
    code: 0,
    stdout: `Wrote ${output}: 56 weights changed.\n`,
  });
  const { stdout } = await run('onnx', 'inspect', output, '--lengths', 'batch=1', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ opset: 17, read: true, problem: null });
  await rm(folder, { recursive: true });
});

it('bradley onnx inspect tells a file that is no model, and how lengths are given', async () => {
  expect(await run('onnx', 'inspect', fixture('README.md'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('README.md: it'),
  });
  const { code, stderr } = await run('onnx', 'inspect', fixture('onnx/vit.onnx'), '--lengths', 'batch');
  expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining('write name=number')]);
});
