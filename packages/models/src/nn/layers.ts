import {
  add,
  type ConvGeometry,
  conv,
  dim,
  gather,
  gemm,
  groupNorm as groupNormOp,
  layerNorm as layerNormOp,
  matmul,
  mul,
  reshape,
  swapLast,
  type Value,
} from '@bradley/graph';
import type { Initial, Params } from './params.js';

/** PyTorch's default for linear and convolution layers: Kaiming uniform with a = √5, that is U(±1/√fanIn). */
const kaiming = (fanIn: number): Initial => ({ kind: 'uniform', bound: fanIn ** -0.5 });

/** Linear: x (…, in) → (…, outputs), with the LoRA of this layer where there is one. */
export function linear(p: Params, x: Value, outputs: number, { bias = true }: { bias?: boolean } = {}): Value {
  const inputs = dim(x, -1);
  const w = p.tensor('weight', [outputs, inputs], kaiming(inputs));
  const b = bias ? p.tensor('bias', [outputs], kaiming(inputs)) : null;
  const rows = reshape(x, [-1, inputs]);
  let y = gemm(rows, w, { transB: true, bias: b });
  const lora = p.adapter(inputs, outputs);
  if (lora) {
    const { down, up, scale } = lora;
    const low = gemm(rows, down, { transB: true }); // (M, rank)
    y = add(y, gemm(scale === 1 ? low : mul(low, scale), up, { transB: true }));
  }
  return reshape(y, [...x.shape.slice(0, -1), outputs]);
}

interface ConvOptions {
  readonly kernel: 1 | 3;
  readonly stride?: 1 | 2;
  /** On every side, or [top, left, bottom, right]. Default 0. */
  readonly padding?: number | ConvGeometry['pads'];
}

/** Conv2d with bias: x (B, in, H, W) → (B, outputs, H', W'), with the LoRA of this layer where there is one. */
export function conv2d(p: Params, x: Value, outputs: number, { kernel, stride = 1, padding = 0 }: ConvOptions): Value {
  const inputs = dim(x, 1);
  const initial = kaiming(inputs * kernel * kernel);
  const w = p.tensor('weight', [outputs, inputs, kernel, kernel], initial);
  const pads = typeof padding === 'number' ? ([padding, padding, padding, padding] as const) : padding;
  const geometry = { strides: [stride, stride], pads } as const;
  const y = conv(x, w, p.tensor('bias', [outputs], initial), geometry);
  const lora = p.adapter(inputs, outputs, kernel);
  if (!lora) return y;
  const rows = reshape(x, [dim(x, 0), inputs, -1]); // (B, in, H·W)
  const rank = dim(lora.down, 0);
  const low =
    kernel === 1 ? matmul(lora.down, rows) : reshape(conv(x, lora.down, null, geometry), [dim(x, 0), rank, -1]); // (B, rank, H'·W')
  return add(y, reshape(matmul(mul(lora.up, lora.scale), low), y.shape));
}

/** GroupNorm over (B, C, H, W). */
export function groupNorm(p: Params, x: Value, groups: number, epsilon: number): Value {
  const channels = dim(x, 1);
  return groupNormOp(
    x,
    p.tensor('weight', [channels], { kind: 'ones' }),
    p.tensor('bias', [channels], { kind: 'zeros' }),
    groups,
    epsilon,
  );
}

/** LayerNorm over the last axis. */
export function layerNorm(p: Params, x: Value, epsilon = 1e-5): Value {
  const width = dim(x, -1);
  return layerNormOp(
    x,
    p.tensor('weight', [width], { kind: 'ones' }),
    p.tensor('bias', [width], { kind: 'zeros' }),
    epsilon,
  );
}

/** Embedding table: ids (…) → (…, width). */
export function embedding(p: Params, ids: Value, count: number, width: number, deviation: number): Value {
  return gather(p.tensor('weight', [count, width], { kind: 'normal', deviation }), ids);
}

/** (B, C, H, W) → (B, H·W, C) */
export function toTokens(x: Value): Value {
  return swapLast(reshape(x, [dim(x, 0), dim(x, 1), -1]));
}

/** (B, H·W, C) → (B, C, H, W) */
export function fromTokens(tokens: Value, height: number, width: number): Value {
  return reshape(swapLast(tokens), [dim(tokens, 0), dim(tokens, 2), height, width]);
}
