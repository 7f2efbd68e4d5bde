import { abs, add, exp, log, mul, neg, sqrt, square, stopGradient, sub } from '../../ops/elementwise.js';
import { foreign } from '../../ops/foreign.js';
import { constant } from '../../ops/leaf.js';
import { matmul } from '../../ops/matmul.js';
import { max, mean, sum } from '../../ops/reduce.js';
import { chunk, reshape, transpose } from '../../ops/shape.js';
import { dim, type Shape, size, type Value } from '../../value.js';
import { axesOf, axisOf } from './geometry.js';
import type { OnnxNode } from './node.js';
import { OnnxError } from './onnx-error.js';
import { always, type Read, type Rows } from './row.js';
import { gatherElements } from './rows-gather.js';

type Reduce = (x: Value, axes: readonly number[]) => Value;

/** `over` reduces with the reduced axes kept. */
const reduction =
  (over: Reduce): Read =>
  (node) => {
    const x = node.value(0);
    const axes = axesOf(node, x.shape);
    if (axes.length === 0) return x;
    return reshape(over(x, axes), reducedShape(node, x.shape, axes));
  };

const kept = { keepdims: true };
const total: Reduce = (x, axes) => sum(x, axes, kept);

export const reduceRows: Rows = {
  ReduceSum: always(reduction(total)),
  ReduceMean: always(reduction((x, axes) => mean(x, axes, kept))),
  ReduceMax: always(reduction((x, axes) => max(x, axes, kept))),
  ReduceMin: always(reduction((x, axes) => neg(max(neg(x), axes, kept)))),
  ReduceSumSquare: always(reduction((x, axes) => total(square(x), axes))),
  ReduceL1: always(reduction((x, axes) => total(abs(x), axes))),
  ReduceL2: always(reduction((x, axes) => sqrt(total(square(x), axes)))),
  ReduceLogSum: always(reduction((x, axes) => log(total(x, axes)))),
  ReduceLogSumExp: always(
    reduction((x, axes) => {
      const most = stopGradient(max(x, axes, kept));
      return add(most, log(total(exp(sub(x, most)), axes)));
    }),
  ),
  // One product after the other: a gradient by division would fail at zeros.
  ReduceProd: always(
    reduction((x, axes) => {
      const others = [...x.shape.keys()].filter((i) => !axes.includes(i));
      const count = size(axes.map((axis) => dim(x, axis)));
      if (count > 64) throw new OnnxError(`a product of ${count} elements is longer than is read (64)`);
      const rows = reshape(transpose(x, [...others, ...axes]), [-1, count]);
      return chunk(rows, count, 1).reduce((a, b) => mul(a, b));
    }),
  ),
  ArgMax: always(argument),
  ArgMin: always(argument),

  // Values are picked by the places, so that a gradient reaches them.
  TopK: always((node) => {
    const x = node.value(0);
    const axis = axisOf(node.int('axis', -1), x.shape);
    const k = node.known(1).data[0] as number;
    const attributes = {
      axis: { int: axis },
      largest: { int: node.int('largest', 1) },
      sorted: { int: node.int('sorted', 1) },
    };
    const shape = x.shape.with(axis, k);
    const count = constant([k], [1], 'int64');
    const places = foreign('TopK', [stopGradient(x), count], { attributes, place: node.place, flat: true }, [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ])[1] as Value;
    return [gatherElements(x, places, axis), places];
  }),

  // A product with a triangle of ones.
  CumSum: always((node) => {
    const x = node.value(0);
    const axis = axisOf(node.known(1).data[0] as number, x.shape);
    const [exclusive, reverse] = [node.int('exclusive', 0), node.int('reverse', 0)];
    if (x.dtype !== 'float32') {
      const attributes = { exclusive: { int: exclusive }, reverse: { int: reverse } };
      const inputs = [x, constant(axis, [], 'int64')];
      return foreign('CumSum', inputs, { attributes, place: node.place, flat: true }, [x]);
    }
    const n = dim(x, axis);
    if (n > 8192) throw new OnnxError(`a sum along ${n} elements is longer than is read (8192)`);
    const ones = Float32Array.from({ length: n * n }, (_, at) => {
      const [from, to] = [Math.floor(at / n), at % n];
      return (reverse ? from > to : from < to) || (from === to && !exclusive) ? 1 : 0;
    });
    const last = x.shape.length - 1;
    const swap = [...x.shape.keys()].with(axis, last).with(last, axis);
    const rows = transpose(x, swap);
    const sums = matmul(reshape(rows, [-1, n]), constant(ones, [n, n]));
    return transpose(reshape(sums, rows.shape), swap);
  }),

  Trilu: always((node) => {
    const x = node.value(0);
    const [rows, columns] = [dim(x, -2), dim(x, -1)];
    const [upper, offset] = [node.int('upper', 1) === 1, node.inputs > 1 ? (node.optionalKnown(1)?.data[0] ?? 0) : 0];
    const mask = Float32Array.from({ length: rows * columns }, (_, at) => {
      const above = (at % columns) - Math.floor(at / columns) - offset;
      return (upper ? above >= 0 : above <= 0) ? 1 : 0;
    });
    if (x.dtype !== 'float32') throw new OnnxError(`a triangle of ${x.dtype} that is fed is not read`);
    return mul(x, constant(mask, [rows, columns]));
  }),
};

function reducedShape(node: OnnxNode, shape: Shape, axes: readonly number[]): Shape {
  const keepdims = node.int('keepdims', 1) === 1;
  return keepdims ? shape.map((n, i) => (axes.includes(i) ? 1 : n)) : shape.filter((_, i) => !axes.includes(i));
}

function argument(node: OnnxNode): readonly Value[] {
  const x = node.value(0);
  const axis = axisOf(node.int('axis', 0), x.shape);
  const attributes = {
    axis: { int: axis },
    keepdims: { int: node.int('keepdims', 1) },
    select_last_index: { int: node.int('select_last_index', 0) },
  };
  const shape = reducedShape(node, x.shape, [axis]);
  return foreign(node.op, [x], { attributes, place: node.place, flat: true }, [{ dtype: 'int64', shape }]);
}
