import { type ClipConfig, clipConfigSchema } from '@bradley/models';
import { isHeldOut } from '@bradley/preferences';
import type { TrainingRecipe } from '@bradley/train';
import { type Designer, designers } from '../names.js';
import type { ViewOptions } from '../random-view.js';

export interface EmojiClipRecipe {
  readonly config: ClipConfig;
  readonly train: TrainingRecipe;
  /** Strengths at which the model redraws every picture, as 1 from noise alone; each is seen as often as the real pictures. */
  readonly strengths: readonly number[];
  readonly views: ViewOptions;
  /** Share of pictures whose warmth, light and strength of colour are changed. */
  readonly looks: number;
  /** Weight of the loss that teaches the text tower of which category each name is. */
  readonly categoryWeight: number;
}

const layers = { hidden_size: 128, intermediate_size: 512, num_attention_heads: 4 };

export const emojiClipRecipe: EmojiClipRecipe = {
  config: clipConfigSchema.parse({
    projection_dim: 128,
    vision_config: { ...layers, num_hidden_layers: 4, image_size: 64, patch_size: 8 },
    text_config: {
      ...layers,
      num_hidden_layers: 2,
      vocab_size: 350,
      max_position_embeddings: 12,
      projection_dim: 128,
      bos_token_id: 2,
      eos_token_id: 3,
      pad_token_id: 0,
    },
  }),
  train: {
    steps: 3000,
    batch: 80,
    learningRate: 0.001,
    schedule: 'cosine',
    warmup: 60,
    betas: [0.9, 0.98],
    weightDecay: 0.05,
    emaDecay: 0.997,
    maxNorm: 1,
    checkpointEvery: 100,
    seed: 0,
  },
  strengths: [0.5, 1],
  views: { shift: 5, blur: 0.3, colour: 0.05, noise: 0.05, cut: 0.2 },
  looks: 0.5,
  categoryWeight: 0.2,
};

/** The design that is kept from the training of the scorer, of every second name or so: pictures to judge it by. */
export function heldOutDesign(name: string): Designer | null {
  if (!isHeldOut(name, { fraction: 0.5, salt: 'emoji-clip' })) return null;
  return (
    designers.find((_, i) => isHeldOut(name, { fraction: (i + 1) / designers.length, salt: 'emoji-clip/design' })) ??
    null
  );
}
