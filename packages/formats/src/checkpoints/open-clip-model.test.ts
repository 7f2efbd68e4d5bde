import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSafetensors, readSafetensors, writeSafetensors } from '../safetensors.js';
import { sourceOf, storedSource } from '../tensor-source.js';
import { fromImageReward, imageRewardGeometry, toImageReward } from './image-reward.js';
import { fromOpenClipModel, isOpenClipModel, openClipConfig, toOpenClipModel } from './open-clip-model.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../../../fixtures/${name}`, import.meta.url));
const clip = (await readSafetensors(fixture('clip_full_pickscore.weights.safetensors'))).tensors;
const blip = (await readSafetensors(fixture('blip_reward.weights.safetensors'))).tensors;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-clip-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('writes a CLIPModel as open_clip names it, and reads the same numbers back', async () => {
  const path = join(folder, 'open_clip.safetensors');
  const written = toOpenClipModel(new Map([...clip].map(([name, tensor]) => [name, sourceOf(tensor)])));
  await writeSafetensors(path, written);
  expect(isOpenClipModel(written)).toBe(true);
  expect(written.get('visual.transformer.resblocks.0.attn.in_proj_weight')?.shape).toEqual([72, 24]);
  expect(written.size).toBe(clip.size - 2 * 2 * (2 + 3)); // q, k and v are one, weight and bias, in 2 and 3 layers
  const views = fromOpenClipModel((await openSafetensors(path)).tensors);
  expect([...views.keys()].sort()).toEqual([...clip.keys()].sort());
  for (const [name, view] of views) expect(await storedSource(path, view).read(), name).toEqual(clip.get(name));
});

it('finds the geometry of a CLIP in its shapes, heads aside', async () => {
  const path = join(folder, 'geometry.safetensors');
  await writeSafetensors(path, toOpenClipModel(new Map([...clip].map(([name, tensor]) => [name, sourceOf(tensor)]))));
  const { tensors } = await openSafetensors(path);
  expect(openClipConfig(tensors, { visionHeads: 2, textHeads: 3, quickGelu: true })).toEqual({
    projection_dim: 16,
    text_config: {
      hidden_act: 'quick_gelu',
      vocab_size: 64,
      hidden_size: 24,
      intermediate_size: 40,
      num_hidden_layers: 3,
      num_attention_heads: 3,
      max_position_embeddings: 16,
      eos_token_id: 2,
    },
    vision_config: {
      hidden_act: 'quick_gelu',
      hidden_size: 24,
      intermediate_size: 40,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      num_channels: 3,
      patch_size: 8,
      image_size: 16,
    },
  });
  expect(() => openClipConfig(new Map())).toThrow('there is no visual.conv1.weight: it is no CLIP');
});

it("writes BLIP's networks as ImageReward names them, and reads the same back", () => {
  const written = toImageReward(blip);
  expect(
    [...written.keys()].filter((name) => !/^(blip\.(visual_encoder|text_encoder)|mlp\.layers)\./.test(name)),
  ).toEqual([]);
  expect(written.get('blip.visual_encoder.blocks.1.attn.qkv.weight')).toBe(
    blip.get('vision.encoder.layers.1.self_attn.qkv.weight'),
  );
  expect(written.get('mlp.layers.7.bias')).toBe(blip.get('mlp.4.bias'));
  expect(fromImageReward(written)).toEqual(blip);
  const more = new Map<string, unknown>([
    ...written,
    ['blip.text_encoder.embeddings.position_ids', 0],
    ['blip.vision_proj.weight', 0],
  ]);
  expect(fromImageReward(more)).toEqual(blip);
});

it('finds the geometry of an ImageReward in its shapes, heads aside', () => {
  const { vision, text, mlp } = imageRewardGeometry(toImageReward(blip));
  expect(vision).toMatchObject({
    hidden_size: 24,
    intermediate_size: 40,
    num_hidden_layers: 2,
    image_size: 16,
    patch_size: 8,
  });
  expect(text).toMatchObject({
    vocab_size: 48,
    hidden_size: 24,
    encoder_hidden_size: 24,
    num_hidden_layers: 2,
    max_position_embeddings: 16,
  });
  expect(mlp).toEqual([24, 16, 8, 4, 2, 1]);
  expect(() => imageRewardGeometry(blip)).toThrow('it is no checkpoint of ImageReward');
});
