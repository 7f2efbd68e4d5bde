export { compile, optimize } from './compile.js';
export { type BackwardOptions, backward, type Seed } from './gradients/backward.js';
export { NoGradientError } from './gradients/foreign.js';
export { type Graph, type GraphInput, graph, inputsOf, nodesOf, weightsOf } from './graph.js';
export { type SessionMemory, sessionMemory } from './memory/session-memory.js';
export { patchOnnx, type TensorPatch } from './onnx/patch.js';
export { type ImportOptions, importOnnx } from './onnx/read/import.js';
export type { OnnxLayer } from './onnx/read/layers.js';
export { boundShape, type OnnxPort, type OnnxSource, readOnnx } from './onnx/read/model.js';
export { OnnxError } from './onnx/read/onnx-error.js';
export type { OnnxAdapter, OnnxParameters } from './onnx/read/parameters.js';
export { type OperatorSupport, type OperatorUse, operatorsOf } from './onnx/read/support.js';
export { readableOpsets } from './onnx/read/table.js';
export type { ExternalData, StoredTensor } from './onnx/read/tensor.js';
export { type OnnxModel, toOnnx } from './onnx/write.js';
export { attention } from './ops/attention.js';
export { type ConvGeometry, conv, convTranspose, sumPool, upsampleNearest } from './ops/conv.js';
export {
  abs,
  add,
  cast,
  cos,
  div,
  equal,
  erf,
  exp,
  gelu,
  greater,
  less,
  log,
  logSigmoid,
  mul,
  neg,
  pow,
  quickGelu,
  relu,
  sigmoid,
  silu,
  sin,
  softplus,
  sqrt,
  square,
  stopGradient,
  sub,
  tanh,
  where,
} from './ops/elementwise.js';
export { foreign } from './ops/foreign.js';
export { gather, scatterAdd } from './ops/gather.js';
export { type GroupedGeometry, groupedConv, groupedConvTranspose } from './ops/grouped-conv.js';
export { constant, input, type Operand, type TensorData, type WeightSource, weight } from './ops/leaf.js';
export { gemm, matmul } from './ops/matmul.js';
export { groupNorm, layerNorm, softmax } from './ops/norm.js';
export { maxPool, type PoolGeometry } from './ops/pool.js';
export { dequantize } from './ops/quantised.js';
export { max, mean, sum } from './ops/reduce.js';
export { chunk, concat, expand, pad, reshape, slice, split, swapLast, transpose, unsqueeze } from './ops/shape.js';
export type { DifferentiableOp, OpName } from './ops/table.js';
export { fold } from './passes/fold.js';
export { lower, type Target } from './passes/lower/index.js';
export { share } from './passes/share.js';
export { block } from './recompute.js';
export { toText } from './text.js';
export { type DType, dim, type Node, type Shape, ShapeError, sameShape, size, type Type, type Value } from './value.js';
