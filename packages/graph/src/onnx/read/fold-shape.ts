import { broadcastShapes, type Shape, size } from '../../value.js';
import { axesOf, axisOf, gatherShape, reshapedTo, sliceBounds, splitSizes, squeezed, unsqueezed } from './geometry.js';
import { broadcastTo, type Known, known, pick, stridesOf } from './known.js';
import { OnnxError } from './onnx-error.js';
import type { Folds } from './row.js';

const inShape = ({ dtype, data }: Known, shape: Shape): Known => ({ dtype, shape, data });
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

/** Moving the numbers of known tensors: what exporters write to compute shapes. */
export const shapeFolds: Folds = {
  Identity: (_node, [x]) => x as Known,
  Reshape: (node, [x]) => inShape(x as Known, reshapedTo(node)),
  Flatten(node, [x]) {
    const axis = node.int('axis', 1);
    const { shape } = x as Known;
    return inShape(x as Known, [size(shape.slice(0, axis)), size(shape.slice(axis))]);
  },
  Squeeze: (node, [x]) => inShape(x as Known, squeezed(node)),
  Unsqueeze: (node, [x]) => inShape(x as Known, unsqueezed(node)),

  Transpose(node, [x]) {
    const { shape } = x as Known;
    const perm = node.optionalInts('perm') ?? [...shape.keys()].reverse();
    const strides = stridesOf(shape);
    const moved = perm.map((axis) => strides[axis] as number);
    return pick(
      x as Known,
      perm.map((axis) => shape[axis] as number),
      (index) => dot(index, moved),
    );
  },

  Expand(node, [x, to]) {
    const shape = broadcastShapes(node.op, (x as Known).shape, Array.from((to as Known).data));
    return broadcastTo(x as Known, shape);
  },

  Tile(_node, [x, repeats]) {
    const { shape } = x as Known;
    const strides = stridesOf(shape);
    return pick(
      x as Known,
      shape.map((n, i) => n * ((repeats as Known).data[i] as number)),
      (index) =>
        dot(
          index.map((at, i) => at % (shape[i] as number)),
          strides,
        ),
    );
  },

  Concat(node, inputs) {
    const [first] = inputs as [Known];
    const axis = axisOf(node.int('axis'), first.shape);
    const total = inputs.reduce((sum, { shape }) => sum + (shape[axis] as number), 0);
    const inner = size(first.shape.slice(axis + 1));
    const outer = size(first.shape.slice(0, axis));
    const data = new Float64Array(outer * total * inner);
    let offset = 0;
    for (const x of inputs) {
      const run = (x.shape[axis] as number) * inner;
      for (let row = 0; row < outer; row++)
        data.set(x.data.subarray(row * run, (row + 1) * run), row * total * inner + offset);
      offset += run;
    }
    return { dtype: first.dtype, shape: first.shape.with(axis, total), data };
  },

  Split(node, [x]) {
    const { shape } = x as Known;
    const { axis, sizes } = splitSizes(node);
    const strides = stridesOf(shape);
    let start = 0;
    return sizes.map((n) => {
      const from = start * (strides[axis] as number);
      start += n;
      return pick(x as Known, shape.with(axis, n), (index) => from + dot(index, strides));
    });
  },

  Slice(node, [x]) {
    const bounds = sliceBounds(node, (x as Known).shape);
    const strides = stridesOf((x as Known).shape);
    return pick(
      x as Known,
      bounds.map(({ count }) => count),
      (index) =>
        dot(
          index.map((at, i) => (bounds[i]?.start ?? 0) + at * (bounds[i]?.step ?? 1)),
          strides,
        ),
    );
  },

  Gather(node, [x, at]) {
    const [{ shape }, indices] = [x, at] as [Known, Known];
    const axis = axisOf(node.int('axis', 0), shape);
    const [strides, steps] = [stridesOf(shape), stridesOf(indices.shape)];
    const rank = indices.shape.length;
    return pick(x as Known, gatherShape(shape, indices.shape, axis), (index) => {
      const chosen = indices.data[dot(index.slice(axis, axis + rank), steps)] as number;
      const row = axisOf(chosen, [shape[axis] as number], 'index');
      return dot([...index.slice(0, axis), row, ...index.slice(axis + rank)], strides);
    });
  },

  GatherND(node, [x, at]) {
    const [{ shape }, indices] = [x, at] as [Known, Known];
    const batch = node.int('batch_dims', 0);
    const depth = indices.shape.at(-1) as number;
    const [strides, steps] = [stridesOf(shape), stridesOf(indices.shape)];
    const outer = indices.shape.slice(0, -1);
    return pick(x as Known, [...outer, ...shape.slice(batch + depth)], (index) => {
      const place = dot(index.slice(0, outer.length), steps.slice(0, -1));
      const rows = Array.from({ length: depth }, (_, i) =>
        axisOf(indices.data[place + i] as number, [shape[batch + i] as number], 'index'),
      );
      return dot([...index.slice(0, batch), ...rows, ...index.slice(outer.length)], strides);
    });
  },

  Trilu(node, [x, k]) {
    const { shape } = x as Known;
    const strides = stridesOf(shape);
    const [upper, offset] = [node.int('upper', 1) === 1, k?.data[0] ?? 0];
    return pick(x as Known, shape, (index) => {
      const above = (index.at(-1) as number) - (index.at(-2) as number) - offset;
      return (upper ? above >= 0 : above <= 0) ? dot(index, strides) : -1;
    });
  },

  Range(_node, [start, limit, delta]) {
    const [from, to, step] = [start, limit, delta].map((x) => x?.data[0] as number) as [number, number, number];
    const count = Math.max(0, Math.ceil((to - from) / step));
    if (!(count <= 2 ** 22)) throw new OnnxError(`a range of ${count} numbers is not read`);
    return known(
      (start as Known).dtype,
      [count],
      Float64Array.from({ length: count }, (_, i) => from + i * step),
    );
  },

  NonZero(_node, [x]) {
    const { shape, data } = x as Known;
    const strides = stridesOf(shape);
    const at = [...data.keys()].filter((i) => data[i] !== 0);
    const places = shape.map((n, axis) => at.map((i) => Math.floor(i / (strides[axis] as number)) % n));
    return known('int64', [shape.length, at.length], Float64Array.from(places.flat()));
  },

  ...Object.fromEntries(
    Object.entries({
      ReduceSum: (xs: number[]) => xs.reduce((a, b) => a + b, 0),
      ReduceProd: (xs: number[]) => xs.reduce((a, b) => a * b, 1),
      ReduceMax: (xs: number[]) => xs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
      ReduceMin: (xs: number[]) => xs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
      ReduceMean: (xs: number[]) => xs.reduce((a, b) => a + b, 0) / xs.length,
    }).map(([op, reduce]): [string, Folds[string]] => [
      op,
      (node, [x]) => {
        const { dtype, shape, data } = x as Known;
        const axes = axesOf(node, shape);
        const kept = shape.map((n, i) => (axes.includes(i) ? 1 : n));
        const [from, to] = [stridesOf(shape), stridesOf(kept)];
        const groups = Array.from({ length: size(kept) }, (): number[] => []);
        data.forEach((number, i) => {
          const place = kept.reduce(
            (sum, n, axis) =>
              sum +
              (n === 1 ? 0 : (Math.floor(i / (from[axis] as number)) % (shape[axis] as number)) * (to[axis] as number)),
            0,
          );
          groups[place]?.push(number);
        });
        const result = node.int('keepdims', 1) ? kept : shape.filter((_, i) => !axes.includes(i));
        return known(dtype, result, Float64Array.from(groups, reduce));
      },
    ]),
  ),

  CumSum(node, [x, at]) {
    const { dtype, shape, data } = x as Known;
    const axis = axisOf(at?.data[0] as number, shape);
    const [exclusive, reverse] = [node.int('exclusive', 0) === 1, node.int('reverse', 0) === 1];
    const stride = stridesOf(shape)[axis] as number;
    const n = shape[axis] as number;
    const sums = new Float64Array(data.length);
    data.forEach((_, i) => {
      const place = Math.floor(i / stride) % n;
      const first = i - place * stride;
      const [from, to] = reverse ? [exclusive ? place + 1 : place, n] : [0, exclusive ? place : place + 1];
      for (let k = from; k < to; k++) sums[i] = (sums[i] as number) + (data[first + k * stride] as number);
    });
    return known(dtype, shape, sums);
  },
};
