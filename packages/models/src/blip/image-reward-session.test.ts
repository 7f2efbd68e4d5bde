import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openSafetensors, readSafetensors, type Tensor } from '@bradley/formats';
import { expect, it } from 'vitest';
import { imageRewardConfigSchema } from './image-reward.js';
import { type ImageRewardPair, openImageReward } from './image-reward-session.js';

const at = (name: string): string => fileURLToPath(new URL(`../../../../fixtures/${name}`, import.meta.url));
const { config } = JSON.parse(await readFile(at('blip_reward.json'), 'utf8'));
const { tensors: io } = await readSafetensors(at('blip_reward.io.safetensors'));
const file = at('blip_reward.weights.safetensors');
const stored = [...(await openSafetensors(file)).tensors].map(([name, entry]) => [name, { file, ...entry }] as const);
const part = { path: file, config: imageRewardConfigSchema.parse(config), tensors: new Map(stored) };

const halves = <T extends Float32Array | BigInt64Array>(name: string): [T, T] => {
  const { data } = io.get(name) as Tensor;
  return [data.slice(0, data.length / 2) as T, data.slice(data.length / 2) as T];
};

it('gives the rewards of the reference, a padded prompt among them, and encodes a picture once for two prompts', async () => {
  const session = openImageReward(part, { textLength: 8 });
  const states = await session.encodeImages(halves('in.pixel_values'));
  const [ids, masks] = ['in.input_ids', 'in.attention_mask'].map((name) =>
    halves<BigInt64Array>(name).map((row) => [...row].map(Number)),
  ) as [number[][], number[][]];
  const pairOf = (i: 0 | 1): ImageRewardPair => ({
    inputIds: ids[i] as number[],
    attentionMask: masks[i] as number[],
    states: states[i] as Float32Array,
  });
  const want = [...((io.get('out.reward') as Tensor).data as Float32Array)];
  const crossed = { ...pairOf(1), states: states[0] as Float32Array };
  const rewards = await session.rewards([pairOf(0), pairOf(1), crossed]);
  // What stands where the mask is 0 makes no difference.
  const other = { ...pairOf(1), inputIds: pairOf(1).inputIds.map((id, i) => (masks[1]?.[i] ? id : 3)) };
  const [again] = await session.rewards([other]);
  await session.release();
  for (const [i, value] of want.entries()) expect(rewards[i]).toBeCloseTo(value, 5);
  expect(again).toBeCloseTo(want[1] as number, 5);
  expect(Math.abs((rewards[2] as number) - (want[1] as number))).toBeGreaterThan(1e-4);
});

it('is the geometry of ImageReward-v1.0 where a config says nothing', () => {
  const { vision, text, mlp } = imageRewardConfigSchema.parse({});
  expect(vision).toMatchObject({ hidden_size: 1024, num_hidden_layers: 24, patch_size: 16, image_size: 224 });
  expect(text).toMatchObject({ hidden_size: 768, encoder_hidden_size: 1024, num_attention_heads: 12 });
  expect(mlp).toEqual([768, 1024, 128, 64, 16, 1]);
});
