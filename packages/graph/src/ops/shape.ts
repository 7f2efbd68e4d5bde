import { dim, make, makeNode, type Shape, ShapeError, sameShape, size, type Value } from '../value.js';
import { normalAxes } from './reduce.js';

export interface ShapeOps {
  Reshape: { inputs: [Value]; attributes: { shape: Shape } };
  Transpose: { inputs: [Value]; attributes: { perm: readonly number[] } };
  Expand: { inputs: [Value]; attributes: { shape: Shape } };
  Concat: { inputs: Value[]; attributes: { axis: number } };
  Split: { inputs: [Value]; attributes: { axis: number; sizes: readonly number[] }; outputs: 'many' };
  Slice: {
    inputs: [Value];
    attributes: { axes: readonly number[]; starts: readonly number[]; ends: readonly number[] };
  };
  Pad: { inputs: [Value]; attributes: { before: readonly number[]; after: readonly number[] } };
}

/** The same elements in another shape; one length may be −1. */
export function reshape(x: Value, shape: Shape): Value {
  const known = size(shape.filter((n) => n !== -1));
  const full = shape.map((n) => (n === -1 ? size(x.shape) / known : n));
  if (size(full) !== size(x.shape) || full.some((n) => !Number.isInteger(n)))
    throw new ShapeError(`Reshape: (${x.shape.join(', ')}) does not fit (${shape.join(', ')})`);
  return sameShape(full, x.shape) ? x : make('Reshape', [x], { shape: full }, { dtype: x.dtype, shape: full });
}

/** Inserts axes of length 1 at the given places of the result. */
export function unsqueeze(x: Value, axes: readonly number[]): Value {
  const rank = x.shape.length + axes.length;
  const at = normalAxes(
    'Unsqueeze',
    axes,
    Array.from({ length: rank }, () => 1),
  );
  let next = 0;
  return reshape(
    x,
    Array.from({ length: rank }, (_, i) => (at.includes(i) ? 1 : (x.shape[next++] as number))),
  );
}

/** Axis i of the result is axis perm[i] of x. */
export function transpose(x: Value, perm: readonly number[]): Value {
  if (perm.length !== x.shape.length || [...perm].sort((a, b) => a - b).some((axis, i) => axis !== i))
    throw new ShapeError(`Transpose: [${perm.join(', ')}] is no permutation of the axes of (${x.shape.join(', ')})`);
  if (perm.every((axis, i) => axis === i)) return x;
  return make('Transpose', [x], { perm }, { dtype: x.dtype, shape: perm.map((axis) => dim(x, axis)) });
}

/** x with its last two axes swapped. */
export function swapLast(x: Value): Value {
  const rank = x.shape.length;
  return transpose(x, [...x.shape.keys()].slice(0, -2).concat(rank - 1, rank - 2));
}

/** x repeated along axes of length 1 (and new leading axes) to `shape`. */
export function expand(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  const lead = shape.length - x.shape.length;
  if (lead < 0 || x.shape.some((n, i) => n !== 1 && n !== shape[i + lead]))
    throw new ShapeError(`Expand: (${x.shape.join(', ')}) does not broadcast to (${shape.join(', ')})`);
  return make('Expand', [x], { shape }, { dtype: x.dtype, shape });
}

/** The inputs side by side along one axis. */
export function concat(inputs: readonly Value[], axis: number): Value {
  const [first, ...rest] = inputs;
  if (!first) throw new ShapeError('Concat: needs at least one input');
  if (rest.length === 0) return first;
  const [at] = normalAxes('Concat', [axis], first.shape) as [number];
  for (const x of rest)
    if (x.dtype !== first.dtype || !sameShape(x.shape.with(at, 0), first.shape.with(at, 0)))
      throw new ShapeError(
        `Concat: ${x.dtype} (${x.shape.join(', ')}) does not fit ${first.dtype} (${first.shape.join(', ')}) along axis ${at}`,
      );
  const total = inputs.reduce((n, x) => n + dim(x, at), 0);
  return make('Concat', [...inputs], { axis: at }, { dtype: first.dtype, shape: first.shape.with(at, total) });
}

/** Cuts x along one axis into pieces of the given lengths. */
export function split(x: Value, sizes: readonly number[], axis: number): readonly Value[] {
  const [at] = normalAxes('Split', [axis], x.shape) as [number];
  if (sizes.reduce((a, b) => a + b, 0) !== x.shape[at])
    throw new ShapeError(`Split: pieces of ${sizes.join(' + ')} do not fill axis ${at} of (${x.shape.join(', ')})`);
  if (sizes.length === 1) return [x];
  return makeNode(
    'Split',
    [x],
    { axis: at, sizes },
    sizes.map((n) => ({ dtype: x.dtype, shape: x.shape.with(at, n) })),
  );
}

/** Cuts x along one axis into equal parts. */
export function chunk(x: Value, parts: number, axis: number): readonly Value[] {
  const n = dim(x, axis);
  if (n % parts !== 0)
    throw new ShapeError(`Split: axis ${axis} of (${x.shape.join(', ')}) does not divide by ${parts}`);
  return split(
    x,
    Array.from({ length: parts }, () => n / parts),
    axis,
  );
}

/** x[start:end] along the given axes; ends are exclusive, both within the axis. */
export function slice(x: Value, axes: readonly number[], starts: readonly number[], ends: readonly number[]): Value {
  const shape = [...x.shape];
  axes.forEach((axis, i) => {
    const [start, end, n] = [starts[i] ?? 0, ends[i] ?? 0, x.shape[axis] ?? 0];
    if (start < 0 || end <= start || end > n)
      throw new ShapeError(`Slice: ${start}:${end} lies outside axis ${axis} of (${x.shape.join(', ')})`);
    shape[axis] = end - start;
  });
  return sameShape(shape, x.shape) ? x : make('Slice', [x], { axes, starts, ends }, { dtype: x.dtype, shape });
}

/** x with zeros before and after each axis. */
export function pad(x: Value, before: readonly number[], after: readonly number[]): Value {
  const shape = x.shape.map((n, i) => n + (before[i] ?? 0) + (after[i] ?? 0));
  if (before.length !== shape.length || after.length !== shape.length || [...before, ...after].some((n) => n < 0))
    throw new ShapeError(`Pad: [${before}] and [${after}] do not fit (${x.shape.join(', ')})`);
  return sameShape(shape, x.shape) ? x : make('Pad', [x], { before, after }, { dtype: x.dtype, shape });
}
