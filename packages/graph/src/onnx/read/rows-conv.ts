import { conv, convTranspose, sumPool } from '../../ops/conv.js';
import { add, div, mul } from '../../ops/elementwise.js';
import { type GroupedGeometry, groupedConv, groupedConvTranspose } from '../../ops/grouped-conv.js';
import { constant } from '../../ops/leaf.js';
import { maxPool, type PoolGeometry, pooledSize } from '../../ops/pool.js';
import { max, mean } from '../../ops/reduce.js';
import { reshape } from '../../ops/shape.js';
import { dim, type Shape, size, type Value } from '../../value.js';
import { withConvAdapter } from './adapters.js';
import type { OnnxNode } from './node.js';
import { OnnxError } from './onnx-error.js';
import { always, type Rows } from './row.js';

type Pair = readonly [number, number];
type Pads = readonly [number, number, number, number];

export const convRows: Rows = {
  Conv: always((node) => {
    const x = planes(node.value(0));
    const kernel = planes(node.value(1));
    const geometry = {
      ...window(node, x.shape, kernel.shape.slice(2) as unknown as Pair),
      group: node.int('group', 1),
    };
    const bias = node.optional(2);
    const y = isPlain(geometry) ? conv(x, kernel, bias, geometry) : groupedConv(x, kernel, bias, geometry);
    return asGiven(node, withConvAdapter(node, y, x, geometry));
  }),

  ConvTranspose: always((node) => {
    const [x, w, bias] = [planes(node.value(0)), planes(node.value(1)), node.optional(2)];
    const kernel = w.shape.slice(2) as unknown as Pair;
    const group = node.int('group', 1);
    const [strides, dilations] = [pair(node, 'strides', 1), pair(node, 'dilations', 1)];
    const extra = pair(node, 'output_padding', 0);
    const auto = node.string('auto_pad', 'NOTSET');
    const asked = node.optionalInts('output_shape');
    if (asked || (auto !== 'NOTSET' && auto !== 'VALID'))
      throw new OnnxError('output_shape and auto_pad are not read; state pads and output_padding');
    const pads = auto === 'VALID' ? ([0, 0, 0, 0] as const) : padding(node);
    const [height, width] = [0, 1].map(
      (i) =>
        (dim(x, i + 2) - 1) * (strides[i] as number) +
        (dilations[i] as number) * ((kernel[i] as number) - 1) +
        1 -
        (pads[i] as number) -
        (pads[i + 2] as number) +
        (extra[i] as number),
    ) as [number, number];
    const geometry = { strides, dilations, pads, group };
    const y = isPlain(geometry)
      ? convTranspose(x, w, geometry, height, width)
      : groupedConvTranspose(x, w, geometry, height, width);
    return asGiven(node, bias ? add(y, reshape(bias, [-1, 1, 1])) : y);
  }),

  MaxPool: always((node) => {
    if (node.outputs > 1) throw new OnnxError('the places of its maxima are asked for, which are not read');
    const x = planes(node.value(0));
    return asGiven(node, maxPool(x, pool(node, x.shape)));
  }),

  // The sum of a window is a convolution of each channel with ones; what it is divided by depends on the place alone.
  AveragePool: always((node) => {
    const x = planes(node.value(0));
    const geometry = pool(node, x.shape);
    const { kernel, strides, pads, dilations } = geometry;
    const [a, b] = kernel;
    const apart = a === b && strides[0] === a && strides[1] === a && pads.every((n) => n === 0);
    if (apart && dim(x, 2) % a === 0 && dim(x, 3) % a === 0) return asGiven(node, mul(sumPool(x, a), 1 / (a * a)));
    const size2 = pooledSize(x, geometry);
    const counted = node.int('count_include_pad', 0) === 1;
    if (geometry.ceil) throw new OnnxError('ceil_mode is not read');
    const channels = dim(x, 1);
    const ones = constant(new Float32Array(channels * a * b).fill(1), [channels, 1, a, b]);
    const sums = groupedConv(x, ones, null, { strides, pads, dilations, group: channels });
    const counts = size2.map((n, axis) => windowCounts(n, dim(x, axis + 2), geometry, axis as 0 | 1, counted));
    const [rows, columns] = counts as [number[], number[]];
    const divisor = rows.flatMap((r) => columns.map((c) => r * c));
    return asGiven(node, div(sums, constant(divisor, size2)));
  }),

  GlobalAveragePool: always((node) => overSpace(node.value(0), mean)),
  GlobalMaxPool: always((node) => overSpace(node.value(0), max)),
};

const isPlain = ({ group, dilations }: GroupedGeometry): boolean => group === 1 && dilations.every((n) => n === 1);

/** (B, C, L) as (B, C, 1, L): one-dimensional windows are flat two-dimensional ones. */
function planes(x: Value): Value {
  if (x.shape.length === 4) return x;
  if (x.shape.length !== 3)
    throw new OnnxError(`(${x.shape.join(', ')}): only one and two spatial axes have gradients and are read`);
  return reshape(x, [dim(x, 0), dim(x, 1), 1, dim(x, 2)]);
}

/** Back to the rank of the node's input. */
function asGiven(node: OnnxNode, y: Value): Value {
  return node.item(0).shape.length === 3 ? reshape(y, [dim(y, 0), dim(y, 1), dim(y, 3)]) : y;
}

/** An attribute of one number per spatial axis. */
function pair(node: OnnxNode, name: string, otherwise: number): Pair {
  const given = node.optionalInts(name) ?? [];
  if (given.length === 1) return [otherwise, given[0] as number];
  return [given[0] ?? otherwise, given[1] ?? otherwise];
}

function padding(node: OnnxNode): Pads {
  const given = node.optionalInts('pads') ?? [0, 0, 0, 0];
  return (given.length === 2 ? [0, given[0], 0, given[1]] : given) as Pads;
}

/** Strides, dilations and padding of a window over x (B, C, H, W). */
function window(node: OnnxNode, shape: Shape, kernel: Pair): { strides: Pair; dilations: Pair; pads: Pads } {
  const [strides, dilations] = [pair(node, 'strides', 1), pair(node, 'dilations', 1)];
  const auto = node.string('auto_pad', 'NOTSET');
  if (auto === 'NOTSET') return { strides, dilations, pads: padding(node) };
  if (auto === 'VALID') return { strides, dilations, pads: [0, 0, 0, 0] };
  const total = ([0, 1] as const).map((i) => {
    const n = shape[i + 2] as number;
    const reach = dilations[i] * (kernel[i] - 1) + 1;
    return Math.max(0, (Math.ceil(n / strides[i]) - 1) * strides[i] + reach - n);
  }) as [number, number];
  const small = total.map((n) => Math.floor(n / 2)) as [number, number];
  const large = total.map((n) => Math.ceil(n / 2)) as [number, number];
  return { strides, dilations, pads: auto === 'SAME_LOWER' ? [...large, ...small] : [...small, ...large] };
}

function pool(node: OnnxNode, shape: Shape): PoolGeometry {
  const kernel = pair(node, 'kernel_shape', 1);
  return { kernel, ...window(node, shape, kernel), ceil: node.int('ceil_mode', 0) === 1 };
}

/** How many elements of one axis each window counts. */
function windowCounts(
  windows: number,
  n: number,
  { kernel, strides, pads, dilations }: PoolGeometry,
  axis: 0 | 1,
  padded: boolean,
): number[] {
  return Array.from({ length: windows }, (_, i) => {
    if (padded) return kernel[axis];
    const first = i * strides[axis] - pads[axis];
    const at = Array.from({ length: kernel[axis] }, (_unused, k) => first + k * dilations[axis]);
    return at.filter((place) => place >= 0 && place < n).length;
  });
}

function overSpace(x: Value, reduce: typeof mean): Value {
  const flat = reduce(reshape(x, [dim(x, 0), dim(x, 1), size(x.shape.slice(2))]), [2]);
  return reshape(flat, [dim(x, 0), dim(x, 1), ...x.shape.slice(2).map(() => 1)]);
}
