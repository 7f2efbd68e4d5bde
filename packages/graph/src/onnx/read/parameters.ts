import type { Value } from '../../value.js';
import type { OnnxLayer } from './layers.js';

/**
 * A low-rank addition to a layer, y + scale · B(A x): down (rank, in) and up (out, rank) of a linear layer, down
 * (rank, in, kH, kW) and up (out, rank, 1, 1) of a convolution.
 */
export interface OnnxAdapter {
  readonly down: Value;
  readonly up: Value;
  readonly scale: number;
}

/** What stands in for the stored tensors of a model, or beside them. */
export interface OnnxParameters {
  /** The float32 value to compute with instead of that stored tensor; null takes the file's. */
  tensor(name: string, shape: readonly number[]): Value | null;
  /** The LoRA of a layer, if it has one. The same layer gives the same values. */
  adapter(layer: OnnxLayer): OnnxAdapter | null;
}

/** The model as it is in its file. */
export const frozen: OnnxParameters = { tensor: () => null, adapter: () => null };
