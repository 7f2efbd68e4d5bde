import type { Graph } from './graph.js';
import { type OnnxModel, toOnnx, type WriteOptions } from './onnx/write.js';
import { fold } from './passes/fold.js';
import { lower, type Target } from './passes/lower/index.js';
import { share } from './passes/share.js';
import { widenLate } from './passes/widen.js';

/** A differentiated graph as a model for one machine. Pruning needs no pass: only what the outputs read is written. */
export function compile(from: Graph, target: Target, options: WriteOptions = {}): OnnxModel {
  return toOnnx(optimize(from, target), options);
}

/** The graph that `compile` writes. */
export function optimize(from: Graph, target: Target): Graph {
  const lowered = share(fold(share(lower(share(fold(share(from))), target))));
  return target.provider === 'cpu' && target.mapped ? widenLate(lowered) : lowered;
}
