import { constant } from '../ops/leaf.js';
import type { OpName } from '../ops/table.js';
import type { DType, Node, Value } from '../value.js';

/** How a node is written: its ONNX name, domain, attributes, and extra inputs that ONNX wants as tensors. */
export interface Emission {
  readonly op: string;
  readonly domain?: 'com.microsoft' | 'com.microsoft.nchwc';
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Constants after the node's own inputs; null leaves an optional input out. */
  readonly extra?: readonly (Value | null)[];
}

export type Attribute = { int: number } | { float: number } | { ints: readonly number[] } | { string: string };

/** TensorProto.DataType */
export const dataTypes: Record<DType, number> = {
  float32: 1,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
};

const ints = (numbers: readonly number[]): Value => constant(numbers, [numbers.length], 'int64');
const flag = (on: boolean): Attribute => ({ int: on ? 1 : 0 });
const convAttributes = ({ strides, pads }: { strides: readonly number[]; pads: readonly number[] }) => ({
  strides: { ints: strides },
  pads: { ints: pads },
});
const reduction =
  (op: string) =>
  (node: Node<'ReduceSum' | 'ReduceMean' | 'ReduceMax'>): Emission => ({
    op,
    attributes: { keepdims: flag(node.attributes.keepdims) },
    extra: [ints(node.attributes.axes)],
  });

/** Ops whose ONNX form is more than their name. Opset 21 and com.microsoft 1. */
export const emissions: { readonly [Op in OpName]?: (node: Node<Op>) => Emission } = {
  Cast: ({ attributes: { to } }) => ({ op: 'Cast', attributes: { to: { int: dataTypes[to] } } }),
  DequantizeLinear: () => ({ op: 'DequantizeLinear', attributes: { axis: { int: 0 } } }),
  ReduceSum: reduction('ReduceSum'),
  ReduceMean: reduction('ReduceMean'),
  ReduceMax: reduction('ReduceMax'),
  Transpose: ({ attributes: { perm } }) => ({ op: 'Transpose', attributes: { perm: { ints: perm } } }),
  Expand: ({ attributes: { shape } }) => ({ op: 'Expand', extra: [ints(shape)] }),
  Concat: ({ attributes: { axis } }) => ({ op: 'Concat', attributes: { axis: { int: axis } } }),
  Split: ({ attributes: { axis, sizes } }) => ({
    op: 'Split',
    attributes: { axis: { int: axis } },
    extra: [ints(sizes)],
  }),
  Slice: ({ attributes: { axes, starts, ends } }) => ({ op: 'Slice', extra: [ints(starts), ints(ends), ints(axes)] }),
  Pad: ({ attributes: { before, after } }) => ({ op: 'Pad', extra: [ints([...before, ...after])] }),
  Gather: () => ({ op: 'Gather', attributes: { axis: { int: 0 } } }),
  Gemm: ({ attributes: { transA, transB } }) => ({
    op: 'Gemm',
    attributes: { transA: flag(transA), transB: flag(transB) },
  }),
  Conv: ({ attributes }) => ({ op: 'Conv', attributes: convAttributes(attributes) }),
  ConvTranspose: ({ attributes }) => ({
    op: 'ConvTranspose',
    attributes: { ...convAttributes(attributes), output_padding: { ints: attributes.outputPadding } },
  }),
  GroupedConv: ({ attributes: { group, dilations, ...geometry } }) => ({
    op: 'Conv',
    attributes: { ...convAttributes(geometry), group: { int: group }, dilations: { ints: dilations } },
  }),
  GroupedConvTranspose: ({ attributes: { group, dilations, outputPadding, ...geometry } }) => ({
    op: 'ConvTranspose',
    attributes: {
      ...convAttributes(geometry),
      group: { int: group },
      dilations: { ints: dilations },
      output_padding: { ints: outputPadding },
    },
  }),
  MaxPool: ({ attributes: { kernel, dilations, ceil, ...geometry } }) => ({
    op: 'MaxPool',
    attributes: {
      ...convAttributes(geometry),
      kernel_shape: { ints: kernel },
      dilations: { ints: dilations },
      ceil_mode: flag(ceil),
    },
  }),
  Foreign: ({ attributes: { op, domain, attributes } }) => ({ op, attributes, ...(domain ? { domain } : {}) }),
  UpsampleNearest: ({ attributes: { factor } }) => ({
    op: 'Resize',
    attributes: {
      mode: { string: 'nearest' },
      coordinate_transformation_mode: { string: 'asymmetric' },
      nearest_mode: { string: 'floor' },
    },
    extra: [null, constant([1, 1, factor, factor])],
  }),
  ReorderInput: () => ({ op: 'ReorderInput', domain: 'com.microsoft.nchwc' }),
  ReorderOutput: ({ attributes: { channels } }) => ({
    op: 'ReorderOutput',
    domain: 'com.microsoft.nchwc',
    attributes: { channels: { int: channels } },
  }),
  BlockedConv: ({ attributes }) => ({
    op: 'Conv',
    domain: 'com.microsoft.nchwc',
    attributes: { ...convAttributes(attributes), kernel_shape: { ints: attributes.kernel } },
  }),
  AveragePool: ({ attributes: { factor } }) => ({
    op: 'AveragePool',
    attributes: { kernel_shape: { ints: [factor, factor] }, strides: { ints: [factor, factor] } },
  }),
  LayerNormalization: ({ attributes: { epsilon } }) => ({
    op: 'LayerNormalization',
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  }),
  AffineLayerNormalization: ({ attributes: { epsilon } }) => ({
    op: 'LayerNormalization',
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  }),
  Softmax: () => ({ op: 'Softmax', attributes: { axis: { int: -1 } } }),
  FusedMatMul: ({ attributes: { alpha, transA, transB } }) => ({
    op: 'FusedMatMul',
    domain: 'com.microsoft',
    attributes: { alpha: { float: alpha }, transA: flag(transA), transB: flag(transB) },
  }),
  SwishAlpha: ({ attributes: { alpha } }) => ({
    op: 'QuickGelu',
    domain: 'com.microsoft',
    attributes: { alpha: { float: alpha } },
  }),
  MultiHeadAttention: ({ attributes: { num_heads, scale, unidirectional } }) => ({
    op: 'MultiHeadAttention',
    domain: 'com.microsoft',
    attributes: { num_heads: { int: num_heads }, scale: { float: scale }, unidirectional: flag(unidirectional) },
  }),
};
