import { constant } from '../ops/leaf.js';
import { sumTo } from '../ops/reduce.js';
import { concat, expand, pad, reshape, type ShapeOps, slice, split, transpose } from '../ops/shape.js';
import { dim } from '../value.js';
import type { Vjp } from './vjp.js';

export const shapeVjps: { [Op in keyof ShapeOps]: Vjp<Op> } = {
  Reshape: (g, _y, [x]) => [reshape(g, x.shape)],
  Transpose: (g, _y, _x, { perm }) => [
    transpose(
      g,
      perm.map((_, i) => perm.indexOf(i)),
    ),
  ],
  Expand: (g, _y, [x]) => [sumTo(g, x.shape)],
  Concat: (g, _y, inputs, { axis }) => [
    ...split(
      g,
      inputs.map((x) => dim(x, axis)),
      axis,
    ),
  ],
  Split: (gs, ys, _x, { axis }) => [
    concat(
      gs.map((g, i) => {
        const y = ys[i] ?? raise(i);
        return g ?? expand(constant(0), y.shape);
      }),
      axis,
    ),
  ],
  Slice: (g, _y, [x], { axes, starts, ends }) => {
    const before = x.shape.map((_, axis) => (axes.includes(axis) ? (starts[axes.indexOf(axis)] ?? 0) : 0));
    const after = x.shape.map((n, axis) => (axes.includes(axis) ? n - (ends[axes.indexOf(axis)] ?? n) : 0));
    return [pad(g, before, after)];
  },
  Pad: (g, _y, [x], { before }) => [
    slice(
      g,
      [...x.shape.keys()],
      before,
      x.shape.map((n, i) => n + (before[i] ?? 0)),
    ),
  ],
};

function raise(i: number): never {
  throw new RangeError(`Split has no output ${i}`);
}
