import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  filesIn,
  hubWorkplace,
  needed,
  text,
  unet,
  unetHalf,
  unneeded,
  weights,
} from './hub-workplace.test-support.js';

const at = hubWorkplace();

describe('weights in several forms', () => {
  const half = { unet: unetHalf, plain: unet };

  it('are those of the variant that is asked for', async () => {
    const model = await at.get({ variant: 'fp16' });
    const files = await filesIn(model.path);
    expect(files).toContain(half.unet);
    expect(files).not.toContain(half.plain);
    expect(model.variant).toBe('fp16');
    await at.get();
    expect(await filesIn(model.path)).toContain(half.plain);
  });

  it('are an only variant, and it is said', async () => {
    const files = { ...needed, ...unneeded };
    for (const path of Object.keys(weights)) delete files[path];
    at.publish(files);
    expect(await at.get()).toMatchObject({ variant: 'fp16' });
    expect(at.notes).toContain('owner/name: unet: there are no weights without a variant; the ones of fp16 are used');
    expect(at.notes).toHaveLength(3);
    await expect(at.get({ variant: 'bf16' })).rejects.toThrow(
      /owner\/name: .*it lacks .*unet\/diffusion_pytorch_model\.bf16\.safetensors/,
    );
  });

  it('are not taken from the cache when only another variant is there', async () => {
    const model = await at.get({ variant: 'fp16' });
    expect(await at.get({ offline: true })).toEqual(model);
    expect(at.notes).toHaveLength(3);
    expect(await at.get()).toMatchObject({ variant: null });
  });

  it('may be in shards, which are all fetched', async () => {
    const index = 'unet/diffusion_pytorch_model.safetensors.index.json';
    const shards = [1, 2].map((n) => `diffusion_pytorch_model-0000${n}-of-00002.safetensors`);
    const files: Record<string, Uint8Array> = {
      ...needed,
      [index]: text({ weight_map: { a: shards[0], b: shards[1] } }),
    };
    delete files[unet];
    for (const shard of shards) files[`unet/${shard}`] = randomBytes(100);
    at.publish(files);
    expect(await filesIn((await at.get()).path)).toEqual(Object.keys(files).sort());
    const { [`unet/${shards[1]}`]: _, ...without } = files;
    at.publish(without);
    await expect(at.get()).rejects.toThrow(`it lacks unet/${shards[1]}`);
    at.publish({ ...files, [index]: text({ weight_map: { a: '../../../evil.safetensors' } }) });
    await expect(at.get()).rejects.toThrow('it lacks unet/../../../evil.safetensors');
  });
});
