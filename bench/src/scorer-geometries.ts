import { join } from 'node:path';
import { writeFileAtomic } from '@bradley/formats';
import { input } from '@bradley/graph';
import {
  clipConfigSchema,
  clipModel,
  imageReward,
  imageRewardConfigSchema,
  imageRewardStates,
  paramsOf,
  trainableStore,
} from '@bradley/models';
import type { Storage } from './geometries.js';
import { drawer, json, type Parameter, writeShards } from './random-weights.js';

type Writer = (folder: string, storage: Storage) => Promise<void>;

/** openai/clip-vit-large-patch14 */
const vitL14 = {
  model_type: 'clip',
  projection_dim: 768,
  text_config: { hidden_size: 768, intermediate_size: 3072, num_attention_heads: 12, projection_dim: 768 },
  vision_config: {
    hidden_size: 1024,
    intermediate_size: 4096,
    num_attention_heads: 16,
    num_hidden_layers: 24,
    patch_size: 14,
    projection_dim: 768,
  },
};

/** laion/CLIP-ViT-H-14-laion2B-s32B-b79K, which PickScore and HPS v2 were tuned from. */
const vitH14 = {
  model_type: 'clip',
  projection_dim: 1024,
  text_config: {
    hidden_act: 'gelu',
    hidden_size: 1024,
    intermediate_size: 4096,
    num_attention_heads: 16,
    num_hidden_layers: 24,
    projection_dim: 1024,
  },
  vision_config: {
    hidden_act: 'gelu',
    hidden_size: 1280,
    intermediate_size: 5120,
    num_attention_heads: 16,
    num_hidden_layers: 32,
    patch_size: 14,
    projection_dim: 1024,
  },
};

/** Folders of scorers' networks at their true geometry: a config.json and the weights. */
export const scorerWriters: Readonly<Record<string, Writer>> = {
  'clip-vit-l-14': clipWriter(vitL14),
  'clip-vit-h-14': clipWriter(vitH14),
  'image-reward': writer(imageRewardConfigSchema.parse({}), imageRewardParameters()),
};

function clipWriter(json: object): Writer {
  const config = clipConfigSchema.parse(json);
  const store = trainableStore();
  const { num_channels: channels, image_size: size } = config.vision_config;
  clipModel(paramsOf(store), config, input('ids', [1, 77], 'int64'), input('pixels', [1, channels, size, size]));
  return writer(json, store.trainables);
}

function imageRewardParameters(): readonly Parameter[] {
  const config = imageRewardConfigSchema.parse({});
  const store = trainableStore();
  const p = paramsOf(store);
  const imageEmbeds = imageRewardStates(p, config, input('pixels', [1, 3, 224, 224]));
  const ids = input('ids', [1, 35], 'int64');
  imageReward(p, config, { inputIds: ids, attentionMask: ids, imageEmbeds });
  return store.trainables;
}

function writer(config: object, parameters: readonly Parameter[]): Writer {
  return async (folder, storage) => {
    await writeShards(folder, 'model', parameters.map(startedOf), storage, drawer());
    await writeFileAtomic(join(folder, 'config.json'), json(config));
  };
}

/** `logit_scale` starts from a stored number, which the drawer of random ones does not know. */
const startedOf = (parameter: Parameter): Parameter =>
  parameter.initial.kind === 'stored' ? { ...parameter, initial: { kind: 'ones' } } : parameter;
