import { add, cast, equal, greater, less, mul, where } from '../../ops/elementwise.js';
import { gather, scatterAdd } from '../../ops/gather.js';
import { constant } from '../../ops/leaf.js';
import { expand, reshape, slice, transpose } from '../../ops/shape.js';
import { dim, type Shape, size, type Value } from '../../value.js';
import { axisOf, gatherShape } from './geometry.js';
import { stridesOf } from './known.js';
import type { OnnxNode } from './node.js';
import { OnnxError } from './onnx-error.js';
import { always, type Rows } from './row.js';

export const gatherRows: Rows = {
  Gather: always((node) => {
    const [x, indices] = [node.value(0), node.item(1)];
    const axis = axisOf(node.int('axis', 0), x.shape);
    const one = indices.known?.data.length === 1 ? indices.known.data[0] : undefined;
    if (one !== undefined) {
      const at = axisOf(one, [dim(x, axis)], 'index');
      return reshape(slice(x, [axis], [at], [at + 1]), gatherShape(x.shape, indices.shape, axis));
    }
    if (axis === 0) return gather(x, indices.value());
    const others = [...x.shape.keys()].filter((i) => i !== axis);
    const rows = gather(transpose(x, [axis, ...others]), indices.value()); // (indices…, others…)
    const rank = indices.shape.length;
    const back = others.map((_, i) => rank + i);
    return transpose(rows, [...back.slice(0, axis), ...Array(rank).keys(), ...back.slice(axis)]);
  }),

  GatherElements: always((node) =>
    gatherElements(node.value(0), node.value(1), axisOf(node.int('axis', 0), node.value(0).shape)),
  ),

  GatherND: always((node) => {
    const [x, indices] = [node.value(0), node.value(1)];
    const batch = node.int('batch_dims', 0);
    const { rows, tail, outer } = rowNumbers(x.shape, indices, batch);
    return reshape(gather(reshape(x, [-1, ...tail]), rows), [...outer, ...tail]);
  }),

  ScatterND: always((node) => {
    const [x, indices, updates] = [node.value(0), node.value(1), node.value(2)];
    const { rows, tail } = rowNumbers(x.shape, indices, 0);
    return reshape(scatter(node, reshape(x, [-1, ...tail]), rows, reshape(updates, [-1, ...tail])), x.shape);
  }),

  ScatterElements: always((node) => {
    const [x, indices, updates] = [node.value(0), node.value(1), node.value(2)];
    const places = elementNumbers(x.shape, indices, axisOf(node.int('axis', 0), x.shape));
    return reshape(scatter(node, reshape(x, [-1]), reshape(places, [-1]), reshape(updates, [-1])), x.shape);
  }),

  OneHot: always((node) => {
    const [indices, depth] = [node.value(0), node.known(1).data[0] as number];
    const [off, on] = node.known(2).data as unknown as [number, number];
    const rank = indices.shape.length + 1;
    const axis = axisOf(node.int('axis', -1), Array<number>(rank).fill(1));
    const classes = constant(
      Array.from({ length: depth }, (_, i) => i),
      Array.from({ length: rank }, (_, i) => (i === axis ? depth : 1)),
      'int64',
    );
    const at = nonNegative(cast(indices, 'int64'), depth);
    const hit = equal(reshape(at, [...at.shape.slice(0, axis), 1, ...at.shape.slice(axis)]), classes);
    return where(hit, constant(on, [], node.item(2).dtype), constant(off, [], node.item(2).dtype));
  }),
};

const ints = (data: readonly number[], shape: Shape): Value => constant(data, shape, 'int64');

/** Indices counted from the end where they are negative. */
const nonNegative = (indices: Value, n: number): Value => {
  const at = cast(indices, 'int64');
  return where(less(at, ints([0], [])), add(at, ints([n], [])), at);
};

/** x[i₀, …, indices[i], …] along one axis, as the same number of elements as there are indices. */
export function gatherElements(x: Value, indices: Value, axis: number): Value {
  return reshape(gather(reshape(x, [-1]), reshape(elementNumbers(x.shape, indices, axis), [-1])), indices.shape);
}

/** The places of x's elements, x taken as one row, that indices along an axis mean. */
function elementNumbers(shape: Shape, indices: Value, axis: number): Value {
  const strides = stridesOf(shape);
  const inner = stridesOf(indices.shape);
  const base = Array.from({ length: size(indices.shape) }, (_, flat) =>
    indices.shape.reduce((sum, n, i) => {
      const at = Math.floor(flat / (inner[i] as number)) % n;
      return sum + (i === axis ? 0 : at * (strides[i] as number));
    }, 0),
  );
  const along = mul(nonNegative(indices, shape[axis] as number), ints([strides[axis] as number], []));
  return add(along, ints(base, indices.shape));
}

/** Index tuples (…, depth) as row numbers of x reshaped to (rows, tail…). */
function rowNumbers(shape: Shape, indices: Value, batch: number): { rows: Value; tail: Shape; outer: Shape } {
  const depth = dim(indices, -1);
  const axes = shape.slice(batch, batch + depth);
  const tail = shape.slice(batch + depth);
  const outer = indices.shape.slice(0, -1);
  const count = size(outer);
  const flat = reshape(indices, [count, depth]);
  const strides = stridesOf(axes);
  const perBatch = count / size(shape.slice(0, batch));
  const base = Array.from({ length: count }, (_, i) => (batch ? Math.floor(i / perBatch) * size(axes) : 0));
  const rows = axes.reduce(
    (sum, n, i) => {
      const column = reshape(depth === 1 ? flat : slice(flat, [1], [i], [i + 1]), [count]);
      return add(sum, mul(nonNegative(column, n), ints([strides[i] as number], [])));
    },
    ints(base, [count]),
  );
  return { rows, tail, outer };
}

/** Rows of a table set to, or with `reduction: add` increased by, the updates. */
function scatter(node: OnnxNode, table: Value, rows: Value, updates: Value): Value {
  const reduction = node.string('reduction', 'none');
  if (reduction === 'add') return scatterAdd(table, rows, updates);
  if (reduction !== 'none') throw new OnnxError(`reduction '${reduction}' is not read; 'none' and 'add' are`);
  if (table.dtype !== 'float32') throw new OnnxError(`setting elements of ${table.dtype} that is fed is not read`);
  const hits = scatterAdd(expand(constant(0), [dim(table, 0)]), rows, expand(constant(1), [dim(rows, 0)]));
  const hit = greater(reshape(hits, [-1, ...table.shape.slice(1).map(() => 1)]), 0);
  return where(hit, scatterAdd(expand(constant(0), table.shape), rows, updates), table);
}
