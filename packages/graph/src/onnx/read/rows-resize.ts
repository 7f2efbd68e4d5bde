import { upsampleNearest } from '../../ops/conv.js';
import { constant } from '../../ops/leaf.js';
import { matmul } from '../../ops/matmul.js';
import { reshape, transpose } from '../../ops/shape.js';
import { dim, type Value } from '../../value.js';
import { axisOf } from './geometry.js';
import type { OnnxNode } from './node.js';
import { OnnxError } from './onnx-error.js';
import { always, type Rows } from './row.js';

export const resizeRows: Rows = {
  Resize: always((node) => resize(node)),
  DepthToSpace: always((node) => {
    const x = node.value(0);
    const block = node.int('blocksize');
    const [batch, channels, height, width] = x.shape as [number, number, number, number];
    const deep = channels / block ** 2;
    const columnsFirst = node.string('mode', 'DCR') === 'CRD';
    const apart = columnsFirst
      ? [batch, deep, block, block, height, width]
      : [batch, block, block, deep, height, width];
    const order = columnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
    return reshape(transpose(reshape(x, apart), order), [batch, deep, height * block, width * block]);
  }),
  SpaceToDepth: always((node) => {
    const x = node.value(0);
    const block = node.int('blocksize');
    const [batch, channels, height, width] = x.shape as [number, number, number, number];
    const [h, w] = [height / block, width / block];
    const apart = transpose(reshape(x, [batch, channels, h, block, w, block]), [0, 3, 5, 1, 2, 4]);
    return reshape(apart, [batch, channels * block ** 2, h, w]);
  }),
};

/** How one axis is resized: to `to` places, place i of the result lying at `at(i)` of the input. */
interface Axis {
  readonly from: number;
  readonly to: number;
  readonly at: (i: number) => number;
}

/** Every mode is a matrix along each axis, whose rows weigh the elements near a place. */
function resize(node: OnnxNode): Value {
  const x = node.value(0);
  const mode = node.string('mode', 'nearest');
  if (node.int('antialias', 0)) throw new OnnxError('antialias is not read');
  const weights = weightsOf(node, mode);
  const axes = resizedAxes(node, x);
  const [h, w] = [axes[2], axes[3]];
  const factor = h ? h.to / h.from : 0;
  const whole =
    mode === 'nearest' && axes.length === 4 && h && w && Number.isInteger(factor) && w.to / w.from === factor;
  const same = axes.slice(0, 2).every(({ from, to }) => from === to);
  if (whole && same && isRepetition(h, weights) && isRepetition(w, weights)) return upsampleNearest(x, factor);
  return axes.reduce((value, axis, i) => (axis.from === axis.to ? value : along(value, i, axis, weights)), x);
}

type Weights = (axis: Axis, i: number) => readonly (readonly [at: number, weight: number])[];

const isRepetition = (axis: Axis, weights: Weights): boolean =>
  Array.from({ length: axis.to }, (_, i) => i).every(
    (i) => weights(axis, i)[0]?.[0] === Math.floor((i * axis.from) / axis.to),
  );

function along(x: Value, axis: number, of: Axis, weights: Weights): Value {
  const matrix = new Float32Array(of.from * of.to);
  for (let i = 0; i < of.to; i++)
    for (const [at, weight] of weights(of, i)) {
      const column = Math.min(Math.max(at, 0), of.from - 1);
      matrix[column * of.to + i] = (matrix[column * of.to + i] as number) + weight;
    }
  const last = x.shape.length - 1;
  const swap = [...x.shape.keys()].with(axis, last).with(last, axis);
  const rows = transpose(x, swap);
  const product = matmul(reshape(rows, [-1, of.from]), constant(matrix, [of.from, of.to]));
  return transpose(reshape(product, rows.shape.with(-1, of.to)), swap);
}

function resizedAxes(node: OnnxNode, x: Value): Axis[] {
  const given = node.optionalInts('axes')?.map((axis) => axisOf(axis, x.shape)) ?? [...x.shape.keys()];
  const sizes = node.inputs > 3 ? node.optionalKnown(3)?.data : undefined;
  const scales = node.inputs > 2 ? node.optionalKnown(2)?.data : undefined;
  if (node.string('keep_aspect_ratio_policy', 'stretch') !== 'stretch')
    throw new OnnxError('keep_aspect_ratio_policy is not read');
  const place = node.string('coordinate_transformation_mode', 'half_pixel');
  const transform = places[place];
  if (!transform) throw new OnnxError(`'${place}' places are not read; ${Object.keys(places).join(', ')} are`);
  return x.shape.map((_, axis) => {
    const from = dim(x, axis);
    const i = given.indexOf(axis);
    const stated = scales?.length ? scales[i] : undefined;
    const to = i < 0 ? from : sizes?.length ? (sizes[i] as number) : Math.floor(from * (stated ?? 1));
    const scale = stated ?? to / from;
    return { from, to, at: (at: number) => transform(at, scale, from, to) };
  });
}

/** Where place i of the result lies in the input. */
const places: Readonly<Record<string, (i: number, scale: number, from: number, to: number) => number>> = {
  half_pixel: (i, scale) => (i + 0.5) / scale - 0.5,
  half_pixel_symmetric: (i, scale, from, to) => (from / 2) * (1 - to / (scale * from)) + (i + 0.5) / scale - 0.5,
  pytorch_half_pixel: (i, scale, _from, to) => (to > 1 ? (i + 0.5) / scale - 0.5 : 0),
  align_corners: (i, _scale, from, to) => (to === 1 ? 0 : (i * (from - 1)) / (to - 1)),
  asymmetric: (i, scale) => i / scale,
};

/** Which elements make an element of the result, and with which weights. Places outside repeat the edge. */
function weightsOf(node: OnnxNode, mode: string): Weights {
  const rounding = node.string('nearest_mode', 'round_prefer_floor');
  const cubic = node.float('cubic_coeff_a', -0.75);
  const nearest: Readonly<Record<string, (x: number) => number>> = {
    round_prefer_floor: (x) => Math.ceil(x - 0.5),
    round_prefer_ceil: (x) => Math.floor(x + 0.5),
    floor: Math.floor,
    ceil: Math.ceil,
  };
  const modes: Readonly<Record<string, Weights>> = {
    nearest: ({ at }, i) => [[(nearest[rounding] as (x: number) => number)(at(i)), 1]],
    linear({ at }, i) {
      const low = Math.floor(at(i));
      const part = at(i) - low;
      return [
        [low, 1 - part],
        [low + 1, part],
      ];
    },
    cubic({ at }, i) {
      const low = Math.floor(at(i));
      const part = at(i) - low;
      return [-1, 0, 1, 2].map((k) => [low + k, cubicWeight(Math.abs(part - k), cubic)] as const);
    },
  };
  const weights = modes[mode];
  if (!weights || !(rounding in nearest))
    throw new OnnxError(`mode '${mode}' (${rounding}) is not read; ${Object.keys(modes).join(', ')} are`);
  if (mode === 'cubic' && node.int('exclude_outside', 0)) throw new OnnxError('exclude_outside is not read');
  return weights;
}

/** Keys' cubic convolution. */
function cubicWeight(x: number, a: number): number {
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}
