import {
  type LoraBase,
  LoraError,
  type LoraModule,
  type LoraModules,
  modulesOf,
  rankOf,
  textWidths,
  toFloat32,
  updateShape,
} from '@bradley/formats';
import type { StoredTensor } from '../nn/checkpoint-store.js';
import type { LoraConfig } from '../nn/lora.js';

import type { DiffusionModel } from './diffusion-model.js';
import { type NetworkAdapter, type SamplingAdapter, type TextEncoderName, textEncoderNames } from './policy-weights.js';

/** The text encoders that a model has, in their order. SDXL's refiner has the second alone. */
export function textEncoderNamesOf({ unet, textEncoders }: DiffusionModel): readonly TextEncoderName[] {
  const xl = unet.config.addition_embed_type === 'text_time';
  return xl && textEncoders.length === 1 ? ['text_encoder_2'] : textEncoderNames.slice(0, textEncoders.length);
}

/** The networks of a model that a LoRA can be of, by the names of their folders. */
export function networksOf(model: DiffusionModel): ReadonlyMap<string, ReadonlyMap<string, StoredTensor>> {
  return new Map([
    ['unet', model.unet.tensors] as const,
    ...textEncoderNamesOf(model).flatMap((name, i) => {
      const part = model.textEncoders[i];
      return part ? [[name as string, part.tensors] as const] : [];
    }),
  ]);
}

/**
 * The weight that each layer of a LoRA is added to.
 * @throws LoraError naming layers that the model has not, or has in another size
 */
export function weightsOf(
  model: DiffusionModel,
  modules: LoraModules,
  source = 'the LoRA',
): ReadonlyMap<string, StoredTensor> {
  const networks = networksOf(model);
  const found = new Map<string, StoredTensor>();
  const foreign: string[] = [];
  for (const [path, module] of modules) {
    const dot = path.indexOf('.');
    const weight = networks.get(path.slice(0, dot))?.get(`${path.slice(dot + 1)}.weight`);
    const [rows, columns] = updateShape(module);
    const fits = weight?.shape[0] === rows && weight.shape.slice(1).reduce((a, b) => a * b, 1) === columns;
    if (weight && fits && sameKernel(weight, module)) found.set(path, weight);
    else
      foreign.push(
        `${path} (${rows}, ${columns})${weight ? `, where the model has (${weight.shape.join(', ')})` : ''}`,
      );
  }
  if (foreign.length > 0)
    throw new LoraError(
      `${source} has ${foreign.slice(0, 3).join('; ')}${foreign.length > 3 ? `; and ${foreign.length - 3} more` : ''}, but ` +
        `${model.path} has no such layer${foreign.length > 1 ? 's' : ''}. The LoRA was made for another model.`,
    );
  return found;
}

/** @throws LoraError naming layers of the file that the model has not, or has in another size */
export function requireLoraFits(model: DiffusionModel, modules: LoraModules, path: string): void {
  weightsOf(model, modules, path);
}

/** A matrix and a 1×1 convolution are the same to a LoRA; of other kernels the sides must agree. */
function sameKernel({ shape }: StoredTensor, { A }: LoraModule): boolean {
  const side = (of: readonly number[]): string => of.slice(2).join() || '1,1';
  return side(shape) === side(A.shape);
}

/**
 * A LoRA of any ranks and alphas as the sampler takes it. Its scales go into B, so that a graph depends on the ranks alone.
 * @throws LoraError naming layers that the model has not, or has in another size
 */
export function samplingAdapter(model: DiffusionModel, modules: LoraModules, strength = 1): SamplingAdapter {
  weightsOf(model, modules);
  const encoders = textEncoderNames.flatMap((name) => {
    const own = modulesOf(modules, name);
    return own.size > 0 ? [[name, networkAdapter(own, `${name}.`)] as const] : [];
  });
  return {
    ...networkAdapter(modulesOf(modules, 'unet'), ''),
    ...(encoders.length > 0 ? { textEncoders: Object.fromEntries(encoders) } : {}),
    strength,
  };
}

function networkAdapter(modules: LoraModules, prefix: string): NetworkAdapter {
  const config: LoraConfig = {
    rank: 1,
    alpha: 1,
    targets: [...modules.keys()],
    ranks: Object.fromEntries([...modules].map(([layer, module]) => [layer, rankOf(module)])),
  };
  const tensors = [...modules].flatMap(([layer, module]) => {
    const scale = module.alpha / rankOf(module);
    const B = toFloat32(module.B);
    return [
      [`${prefix}${layer}.lora_A.weight`, toFloat32(module.A)] as const,
      [`${prefix}${layer}.lora_B.weight`, scale === 1 ? B : B.map((b) => b * scale)] as const,
    ];
  });
  return { config, tensors: Object.fromEntries(tensors) };
}

/** What the names and the metadata of a LoRA file depend on, of a model at hand. */
export function loraBaseOf({ unet, textEncoders, predictionType }: DiffusionModel): LoraBase {
  const { block_out_channels: channels, up_block_types: up, layers_per_block, cross_attention_dim } = unet.config;
  const [layers, ...others] = new Set([layers_per_block].flat());
  const [width] = [cross_attention_dim].flat();
  const family = channels[0] === 320 ? (textWidths[width as number] ?? null) : null;
  const first = family === 'sd2' ? 'clip_h' : 'clip_l';
  return {
    family,
    unet:
      layers === undefined || others.length > 0
        ? null
        : { blocks: channels.length, layers, attendedUp: up.map((type) => type.startsWith('CrossAttn')) },
    textEncoders: textEncoders.length > 1 ? [first, 'clip_g'] : [first],
    prediction: predictionType,
  };
}
