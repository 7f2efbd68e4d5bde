import { axisOf } from './geometry.js';
import { type Known, stridesOf } from './known.js';
import type { OnnxNode } from './node.js';
import { OnnxError } from './onnx-error.js';
import type { Folds } from './row.js';

/** Setting elements of known tensors: tables of relative positions, masks written piece by piece. */
export const scatterFolds: Folds = {
  ScatterND(node, [x, indices, updates]) {
    const [into, at, from] = [x, indices, updates] as [Known, Known, Known];
    const depth = at.shape.at(-1) as number;
    const strides = stridesOf(into.shape);
    const run = depth === 0 ? into.data.length : (strides[depth - 1] as number);
    return scattered(node, into, from, (flat) => {
      const tuple = Math.floor(flat / run) * depth;
      const row = Array.from({ length: depth }, (_, i) => {
        const place = axisOf(at.data[tuple + i] as number, [into.shape[i] as number], 'index');
        return place * (strides[i] as number);
      });
      return row.reduce((sum, n) => sum + n, flat % run);
    });
  },

  ScatterElements(node, [x, indices, updates]) {
    const [into, at, from] = [x, indices, updates] as [Known, Known, Known];
    const axis = axisOf(node.int('axis', 0), into.shape);
    const [strides, steps] = [stridesOf(into.shape), stridesOf(at.shape)];
    return scattered(node, into, from, (flat) =>
      at.shape.reduce((sum, n, i) => {
        const own = Math.floor(flat / (steps[i] as number)) % n;
        const place = i === axis ? axisOf(at.data[flat] as number, [into.shape[i] as number], 'index') : own;
        return sum + place * (strides[i] as number);
      }, 0),
    );
  },
};

function scattered(
  node: OnnxNode,
  { dtype, shape, data }: Known,
  from: Known,
  placeOf: (flat: number) => number,
): Known {
  const reduction = node.string('reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add') throw new OnnxError(`reduction '${reduction}' is not read`);
  const result = data.slice();
  from.data.forEach((number, flat) => {
    const place = placeOf(flat);
    result[place] = reduction === 'add' ? (result[place] as number) + number : number;
  });
  return { dtype, shape, data: result };
}
