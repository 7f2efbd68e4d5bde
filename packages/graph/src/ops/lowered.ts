import type { Value } from '../value.js';
import type { ConvGeometry } from './conv.js';
import type { None } from './table.js';

/**
 * Ops that only passes make: a provider's own kernels, and what recomputation needs. They come after the backward, so they
 * have no gradient rule. Shapes as the ops that they replace.
 */
export interface LoweredOps {
  /** com.microsoft: alpha · op(a) op(b), batched */
  FusedMatMul: { inputs: [Value, Value]; attributes: { alpha: number; transA: boolean; transB: boolean } };
  /** com.microsoft: flash attention on a CPU; q, k, v (B, S, D) */
  MultiHeadAttention: {
    inputs: [Value, Value, Value];
    attributes: { num_heads: number; scale: number; unidirectional: boolean };
  };
  /** com.microsoft: x · σ(αx) in one pass */
  SwishAlpha: { inputs: [Value]; attributes: { alpha: number } };
  /** com.microsoft.nchwc: (B, C, H, W) with the channels in blocks, the layout of ONNX Runtime's fastest CPU convolution. */
  ReorderInput: { inputs: [Value]; attributes: None };
  /** Back to (B, C, H, W). */
  ReorderOutput: { inputs: [Value]; attributes: { channels: number } };
  /** com.microsoft.nchwc Conv: x reordered, w packed in blocks, bias (O)? */
  BlockedConv: {
    inputs: [Value, Value] | [Value, Value, Value];
    attributes: ConvGeometry & { kernel: readonly [number, number] };
  };
  /** Mean of f × f patches: (B, C, fH, fW) → (B, C, H, W) */
  AveragePool: { inputs: [Value]; attributes: { factor: number } };
  /** LayerNormalization whose scale and bias (groups, D) broadcast over the batch: x (B, groups, D) → y, mean, 1/σ */
  AffineLayerNormalization: { inputs: [Value, Value, Value]; attributes: { epsilon: number }; outputs: 'many' };
  /** x, but not before `after` has been computed: see `block` and `backward`. */
  Barrier: { inputs: [Value, Value]; attributes: None };
}
