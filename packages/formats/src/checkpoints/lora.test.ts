import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../safetensors.js';
import { float32Tensor, toFloat32 } from '../tensor.js';
import { readDiffusersLora, writeDiffusersLora } from './lora-diffusers.js';
import { readKohyaLora, writeKohyaLora } from './lora-kohya.js';
import type { LoraModules } from './lora-modules.js';

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../../../fixtures/lora_unet_sd15.${name}`, import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bradley-lora-'));
});
afterAll(() => rm(folder, { recursive: true }));

const plain = (modules: LoraModules) =>
  [...modules].sort().map(([layer, { A, B, alpha }]) => [layer, A.shape, [...toFloat32(A)], [...toFloat32(B)], alpha]);

describe('LoRA files', () => {
  it('reads the same adapter from diffusers, PEFT and kohya names', async () => {
    const modules = await readDiffusersLora(fixture('pytorch_lora_weights.safetensors'));
    expect(modules.size).toBe(56);
    expect(plain(await readDiffusersLora(fixture('weights.safetensors')))).toEqual(plain(modules));
    expect(plain(await readKohyaLora(fixture('kohya.safetensors'), modules.keys()))).toEqual(plain(modules));
  });

  it('writes the keys that diffusers writes', async () => {
    const modules = await readDiffusersLora(fixture('pytorch_lora_weights.safetensors'));
    const path = join(folder, 'diffusers.safetensors');
    await writeDiffusersLora(path, modules, { rank: 4, alpha: 4, targets: ['to_q', 'to_k', 'to_v', 'to_out.0'] });
    const [ours, theirs] = await Promise.all([
      readSafetensors(path),
      readSafetensors(fixture('pytorch_lora_weights.safetensors')),
    ]);
    expect([...ours.tensors.keys()].sort()).toEqual([...theirs.tensors.keys()].sort());
    const metadata = JSON.parse(ours.metadata.lora_adapter_metadata ?? '');
    const reference = JSON.parse(theirs.metadata.lora_adapter_metadata ?? '');
    for (const key of ['unet.r', 'unet.lora_alpha', 'unet.bias', 'unet.lora_dropout'])
      expect(metadata[key]).toBe(reference[key]);
    expect(plain(await readDiffusersLora(path))).toEqual(plain(modules));
  });

  it('writes the keys that kohya-ss writes', async () => {
    const modules = await readDiffusersLora(fixture('pytorch_lora_weights.safetensors'));
    const path = join(folder, 'kohya.safetensors');
    await writeKohyaLora(path, modules);
    const [ours, theirs] = await Promise.all([readSafetensors(path), readSafetensors(fixture('kohya.safetensors'))]);
    expect([...ours.tensors.keys()].sort()).toEqual([...theirs.tensors.keys()].sort());
    expect(plain(await readKohyaLora(path, modules.keys()))).toEqual(plain(modules));
  });

  it('keeps layers whose alpha and rank differ', async () => {
    const tensor = (rows: number, columns: number) =>
      float32Tensor([rows, columns], new Float32Array(rows * columns).fill(1));
    const modules: LoraModules = new Map([
      ['a.to_q', { A: tensor(2, 3), B: tensor(3, 2), alpha: 1 }],
      ['b.to_q', { A: tensor(4, 3), B: tensor(3, 4), alpha: 8 }],
    ]);
    const path = join(folder, 'mixed.safetensors');
    await writeDiffusersLora(path, modules, { rank: 2, alpha: 1, targets: ['to_q'] });
    expect(plain(await readDiffusersLora(path))).toEqual(plain(modules));
  });

  it('names a layer that has one half only', async () => {
    const path = join(folder, 'half.safetensors');
    await writeSafetensors(path, new Map([['unet.x.to_q.lora_A.weight', float32Tensor([1, 1], new Float32Array(1))]]));
    await expect(readDiffusersLora(path)).rejects.toThrow(/half\.safetensors: x\.to_q has a down half only/);
  });
});
