import { type LoraConfig, loraStore } from '../nn/lora.js';
import { type ParameterStore, type Trainable, trainableStore } from '../nn/params.js';

/** The LoRA of one network: its geometry, and its tensors by PEFT name. */
export interface NetworkAdapter {
  readonly config: LoraConfig;
  readonly tensors: Readonly<Record<string, Float32Array>>;
}

/** The text encoders of a pipeline, by the names of their folders. */
export const textEncoderNames = ['text_encoder', 'text_encoder_2'] as const;
export type TextEncoderName = (typeof textEncoderNames)[number];

/** A LoRA to sample or judge with: that of the UNet, and of text encoders where it has one. */
export interface SamplingAdapter extends NetworkAdapter {
  /** The names of their tensors begin with the folder's. */
  readonly textEncoders?: Readonly<Partial<Record<TextEncoderName, NetworkAdapter>>>;
  /** Factor on the adapter; 0 is the base model. Default 1. */
  readonly strength?: number;
}

/** A UNet to sample or judge with, every tensor by its name in the checkpoint: one that is being trained as a whole. */
export interface FullWeights {
  readonly config: 'full';
  readonly tensors: Readonly<Record<string, Float32Array>>;
}

export type PolicyWeights = SamplingAdapter | FullWeights;

/** The store of a policy, and the tensors that must be fed to it: those of a LoRA over the frozen ones, all of them, or none. */
export function policyStore(
  frozen: ParameterStore,
  config: PolicyWeights['config'] | null,
): { readonly store: ParameterStore; readonly fed: () => readonly Trainable[] } {
  if (config === null) return { store: frozen, fed: () => [] };
  const store = config === 'full' ? trainableStore() : loraStore(frozen, config);
  return { store, fed: () => store.trainables };
}
