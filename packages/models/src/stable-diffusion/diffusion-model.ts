import type { LdmLayout, Tokenizer } from '@bradley/formats';
import type { ClipTextConfig } from '../clip/text-model.js';
import type { StoredTensor } from '../nn/checkpoint-store.js';
import type { UNetConfig } from '../unet/config.js';
import type { VaeConfig } from '../vae/autoencoder-kl.js';

/** One network of a pipeline: its config, and where its tensors lie. */
export interface Part<Config> {
  /** The folder or the single file, for errors. */
  readonly path: string;
  readonly config: Config;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

export interface TextEncoderPart extends Part<ClipTextConfig> {
  readonly tokenizer: Tokenizer;
  /** CLIPTextModelWithProjection: SDXL's second encoder. */
  readonly projected: boolean;
}

export type PredictionType = 'epsilon' | 'v_prediction';

/** A Stable Diffusion 1, 2 or XL, opened: configs and the places of its weights. */
export interface DiffusionModel {
  readonly path: string;
  /** A diffusers folder, or a single file in the names of one of the original repositories. */
  readonly layout: 'folder' | LdmLayout;
  readonly unet: Part<UNetConfig>;
  readonly vae: Part<VaeConfig>;
  /** One for SD 1.x and 2.x, two for SDXL. */
  readonly textEncoders: readonly TextEncoderPart[];
  /** scheduler_config.json, whole. */
  readonly scheduler: Readonly<Record<string, unknown>> & { readonly _class_name: string };
  readonly predictionType: PredictionType;
}

/** A model's files do not describe a model that this project computes. */
export class ModelConfigError extends Error {
  override name = 'ModelConfigError';
}
