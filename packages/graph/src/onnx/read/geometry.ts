import { type Shape, size } from '../../value.js';
import type { OnnxNode } from './node.js';
import { OnnxError } from './onnx-error.js';

/** An axis counted from the end if negative; an `index` of an axis likewise. */
export function axisOf(axis: number, shape: Shape, what: 'axis' | 'index' = 'axis'): number {
  const n = what === 'axis' ? shape.length : (shape[0] as number);
  if (!Number.isInteger(axis) || axis < -n || axis >= n)
    throw new OnnxError(
      `${what} ${axis} does not exist in ${what === 'axis' ? `(${shape.join(', ')})` : `0 … ${n - 1}`}`,
    );
  return axis < 0 ? axis + n : axis;
}

/** The axes of a reduction: an input since opset 18 (13 for sums), an attribute before; all, where none is given. */
export function axesOf(node: OnnxNode, shape: Shape): readonly number[] {
  const given = node.optionalInts('axes') ?? (node.inputs > 1 ? node.optionalKnown(1)?.data : undefined);
  const axes = given && given.length > 0 ? Array.from(given, (axis) => axisOf(axis, shape)) : null;
  return axes ?? (node.int('noop_with_empty_axes', 0) ? [] : [...shape.keys()]);
}

/** The shape that a Reshape asks for: 0 copies a length unless `allowzero`, −1 takes what is left. */
export function reshapedTo(node: OnnxNode): Shape {
  const { shape } = node.item(0);
  const keepZero = node.int('allowzero', 0) === 1;
  const asked = Array.from(node.known(1).data, (n, i) => (n === 0 && !keepZero ? (shape[i] ?? 0) : n));
  const rest = size(asked.filter((n) => n !== -1));
  const full = asked.map((n) => (n === -1 ? (rest === 0 ? 0 : size(shape) / rest) : n));
  if (size(full) !== size(shape) || full.some((n) => !Number.isInteger(n) || n < 0))
    throw new OnnxError(`(${shape.join(', ')}) cannot be reshaped to (${asked.join(', ')})`);
  return full;
}

export function squeezed(node: OnnxNode): Shape {
  const { shape } = node.item(0);
  const axes = node.optionalInts('axes') ?? node.optionalKnown(1)?.data;
  const dropped = axes
    ? Array.from(axes, (axis) => axisOf(axis, shape))
    : shape.flatMap((n, i) => (n === 1 ? [i] : []));
  if (dropped.some((axis) => shape[axis] !== 1))
    throw new OnnxError(`the axes ${dropped.join(', ')} of (${shape.join(', ')}) are not all of length 1`);
  return shape.filter((_, i) => !dropped.includes(i));
}

export function unsqueezed(node: OnnxNode): Shape {
  const { shape } = node.item(0);
  const rank = shape.length + node.known(1).data.length;
  const axes = Array.from(node.known(1).data, (axis) => axisOf(axis, Array<number>(rank).fill(1)));
  let next = 0;
  return Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : (shape[next++] as number)));
}

/** Along every axis: where a slice starts, how it goes on, and how many elements it takes. */
export function sliceBounds(node: OnnxNode, shape: Shape): { start: number; step: number; count: number }[] {
  const [starts, ends] = [node.known(1).data, node.known(2).data];
  const axes = node.inputs > 3 ? node.optionalKnown(3)?.data : undefined;
  const steps = node.inputs > 4 ? node.optionalKnown(4)?.data : undefined;
  const bounds = shape.map((n) => ({ start: 0, step: 1, count: n }));
  starts.forEach((first, i) => {
    const axis = axisOf(axes?.[i] ?? i, shape);
    const [n, step, last] = [shape[axis] as number, steps?.[i] ?? 1, ends[i] as number];
    if (step === 0 || !Number.isFinite(step)) throw new OnnxError('a slice has step 0');
    const clamp = (x: number): number => Math.min(Math.max(x < 0 ? x + n : x, step < 0 ? -1 : 0), step < 0 ? n - 1 : n);
    // A negative end beyond the start means: to the first element.
    const [start, end] = [clamp(first), step < 0 && last < -n ? -1 : clamp(last)];
    bounds[axis] = { start, step, count: Math.max(0, Math.ceil((end - start) / step)) };
  });
  return bounds;
}

export function splitSizes(node: OnnxNode): { axis: number; sizes: readonly number[] } {
  const { shape } = node.item(0);
  const axis = axisOf(node.int('axis', 0), shape);
  const given = node.optionalKnown(1);
  if (given) return { axis, sizes: Array.from(given.data) };
  const n = shape[axis] as number;
  const each = Math.ceil(n / node.int('num_outputs', node.outputs));
  const sizes: number[] = [];
  for (let left = n; left > 0; left -= each) sizes.push(Math.min(each, left));
  return { axis, sizes };
}

export function gatherShape(shape: Shape, indices: Shape, axis: number): Shape {
  return [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)];
}
