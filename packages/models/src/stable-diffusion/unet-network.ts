import type { Shape, Value } from '@bradley/graph';
import { type ParameterStore, paramsOf } from '../nn/params.js';
import type { UNetConfig } from '../unet/config.js';
import { unet2dCondition } from '../unet/unet-2d-condition.js';

/** Predicts from noisy latents (N, C, H, W), timesteps (N) and conditions by name. */
export type DenoisingNetwork = (noisy: Value, timesteps: Value, conditions: Readonly<Record<string, Value>>) => Value;

/** A UNet over a store, taking its conditions by the names that `conditionShapes` gives. */
export function unetNetwork(config: UNetConfig, store: ParameterStore): DenoisingNetwork {
  return (noisy, timesteps, { encoderHiddenStates, textEmbeds, timeIds }) =>
    unet2dCondition(paramsOf(store), config, noisy, timesteps, {
      encoderHiddenStates: present('encoderHiddenStates', encoderHiddenStates),
      ...(textEmbeds ? { textEmbeds } : {}),
      ...(timeIds ? { timeIds } : {}),
    });
}

/** The conditions that a UNet takes, without the batch axis. */
export function conditionShapes(
  config: UNetConfig,
  prompt: { readonly shape: readonly [number, number]; readonly pooled: number | null },
): Readonly<Record<string, Shape>> {
  const text = { encoderHiddenStates: prompt.shape };
  if (config.addition_embed_type !== 'text_time') return text;
  if (prompt.pooled === null)
    throw new RangeError(
      'this UNet takes pooled text, but none of the text encoders has a projection: check the model folder',
    );
  return { ...text, textEmbeds: [prompt.pooled], timeIds: [timeIdCount(config, prompt.pooled)] };
}

/** How many numbers about the picture a UNet takes: 6 of SDXL's sizes and crop, 5 of the refiner, which takes a score. */
function timeIdCount(config: UNetConfig, pooled: number): number {
  const { projection_class_embeddings_input_dim: width, addition_time_embed_dim: each } = config;
  if (!width || !each) return 6;
  const count = (width - pooled) / each;
  if (count === 6 || count === 5) return count;
  throw new RangeError(
    `unet config: projection_class_embeddings_input_dim ${width} leaves room for ${count} time ids of ${each} beside pooled ` +
      `text of ${pooled}, but SDXL has 6 and its refiner 5`,
  );
}

function present(name: string, value: Value | undefined): Value {
  if (!value) throw new RangeError(`the network needs the condition ${name}`);
  return value;
}
