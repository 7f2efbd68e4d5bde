import type { Graph } from './graph.js';
import { type OnnxModel, toOnnx } from './onnx/write.js';
import { fold } from './passes/fold.js';
import { lower, type Provider } from './passes/lower/index.js';
import { share } from './passes/share.js';

/** A differentiated graph as a model for one execution provider. Pruning needs no pass: only what the outputs read is written. */
export function compile(from: Graph, provider: Provider): OnnxModel {
  return toOnnx(share(fold(share(lower(share(fold(share(from))), provider)))));
}
