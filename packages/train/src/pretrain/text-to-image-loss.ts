import { input } from '@bradley/graph';
import {
  type ClipTextConfig,
  clipTextModel,
  paramsOf,
  trainableStore,
  type UNetConfig,
  unet2dCondition,
} from '@bradley/models';
import { sft } from '@bradley/objectives';
import type { LossGraph } from '../step/compiled-step.js';
import { denoisingLoss } from '../step/denoising.js';

export interface TextToImageShapes {
  readonly batch: number;
  /** Tokens of a prompt, padding included. */
  readonly tokens: number;
  /** (C, H, W) */
  readonly latent: readonly [number, number, number];
  readonly predictionType: 'epsilon' | 'v_prediction';
}

/** Prefixes of the trained tensors' names in one buffer: the folders they are written to. */
export const partPrefixes = { unet: 'unet.', textEncoder: 'text_encoder.' } as const;

/**
 * Denoising with UNet and text encoder trained together from scratch. Feeds: those of `denoisingLoss` for one side, and
 * `inputIds` int64 (B, tokens).
 */
export function textToImageLoss(
  unetConfig: UNetConfig,
  textConfig: ClipTextConfig,
  shapes: TextToImageShapes,
): LossGraph {
  const unet = trainableStore(partPrefixes.unet);
  const text = trainableStore(partPrefixes.textEncoder);
  const inputIds = input('inputIds', [shapes.batch, shapes.tokens], 'int64');
  const encoderHiddenStates = clipTextModel(paramsOf(text), textConfig, inputIds).lastHiddenState;
  const { loss, metrics } = denoisingLoss(
    sft,
    {},
    {
      policy: (noisy, timesteps) =>
        unet2dCondition(paramsOf(unet), unetConfig, noisy, timesteps, { encoderHiddenStates }),
      reference: null,
    },
    { batch: shapes.batch, latent: shapes.latent, conditions: {}, predictionType: shapes.predictionType },
  );
  return { loss, metrics, trainables: [...unet.trainables, ...text.trainables] };
}
