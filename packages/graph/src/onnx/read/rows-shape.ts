import { gather } from '../../ops/gather.js';
import { constant } from '../../ops/leaf.js';
import { concat, expand, pad, reshape, slice, split, transpose } from '../../ops/shape.js';
import { broadcastShapes, type Shape, size, type Value } from '../../value.js';
import { axisOf, reshapedTo, sliceBounds, splitSizes, squeezed, unsqueezed } from './geometry.js';
import { type Item, knownItem, valueItem } from './item.js';
import { type Known, known, knownInts } from './known.js';
import type { OnnxNode } from './node.js';
import { OnnxError } from './onnx-error.js';
import { always, type Rows } from './row.js';
import { numbersOf, storedTensor } from './tensor.js';

export const shapeRows: Rows = {
  Shape: always((node) => {
    const { shape } = node.item(0);
    const [start, end] = [node.int('start', 0), node.int('end', shape.length)];
    return knownItem(knownInts(shape.slice(start, end)));
  }),
  Size: always((node) => knownItem(known('int64', [], Float64Array.of(size(node.item(0).shape))))),

  Reshape: always((node) => reshape(node.value(0), reshapedTo(node))),
  Squeeze: always((node) => reshape(node.value(0), squeezed(node))),
  Unsqueeze: always((node) => reshape(node.value(0), unsqueezed(node))),
  Flatten: always((node) => {
    const { shape } = node.item(0);
    const axis = node.int('axis', 1);
    return reshape(node.value(0), [size(shape.slice(0, axis)), size(shape.slice(axis))]);
  }),
  Transpose: always((node) => {
    const x = node.value(0);
    return transpose(x, node.optionalInts('perm') ?? [...x.shape.keys()].reverse());
  }),

  Expand: always((node) => {
    const x = node.value(0);
    return expand(x, broadcastShapes(node.op, x.shape, Array.from(node.known(1).data)));
  }),
  Tile: always((node) => {
    const x = node.value(0);
    const repeats = Array.from(node.known(1).data);
    const apart = reshape(
      x,
      x.shape.flatMap((n) => [1, n]),
    );
    const tiled = expand(
      apart,
      x.shape.flatMap((n, i) => [repeats[i] as number, n]),
    );
    return reshape(
      tiled,
      x.shape.map((n, i) => n * (repeats[i] as number)),
    );
  }),
  ConstantOfShape: always((node) => {
    const tensor = node.tensor('value');
    const one = tensor ? numbersOf(inline(tensor)) : known('float32', [1], Float64Array.of(0));
    return filled(one, Array.from(node.known(0).data));
  }),

  // What is empty adds nothing: exporters join to an empty past.
  Concat: always((node) => {
    const items = Array.from({ length: node.inputs }, (_, i) => node.item(i)).filter(({ shape }) => size(shape) > 0);
    const [first] = items;
    if (!first) throw new OnnxError('all its inputs are empty');
    return concat(
      items.map((item) => item.value()),
      axisOf(node.int('axis'), first.shape),
    );
  }),
  Split: always((node) => {
    const { axis, sizes } = splitSizes(node);
    return split(node.value(0), sizes, axis);
  }),
  Slice: always((node) => sliced(node.value(0), sliceBounds(node, node.item(0).shape))),
  Pad: always((node) => padded(node)),
};

/** One number everywhere: known if it is a few, else spread out in the graph. */
function filled(one: Known, shape: Shape): Item {
  if (size(shape) <= 2 ** 16)
    return knownItem({ dtype: one.dtype, shape, data: new Float64Array(size(shape)).fill(one.data[0] as number) });
  return valueItem(expand(knownItem({ ...one, shape: [] }).value(), shape));
}

const inline = (tensor: Parameters<typeof storedTensor>[0]) => {
  const external = {
    source: (): never => {
      throw new OnnxError('an attribute holds external data, which only initialisers may');
    },
    read: (): never => {
      throw new OnnxError('an attribute holds external data, which only initialisers may');
    },
  };
  return storedTensor(tensor, tensor.name, { model: new Uint8Array(), file: null, external });
};

function sliced(x: Value, bounds: ReturnType<typeof sliceBounds>): Value {
  if (bounds.some(({ count }) => count === 0)) throw new OnnxError(`it leaves nothing of (${x.shape.join(', ')})`);
  // Steps of 1 are one slice; any other picks its rows.
  const plain = bounds.flatMap(({ step, count }, i) => (step === 1 || count === 1 ? [i] : []));
  const cut = slice(
    x,
    plain,
    plain.map((i) => bounds[i]?.start ?? 0),
    plain.map((i) => (bounds[i]?.start ?? 0) + (bounds[i]?.count ?? 0)),
  );
  return bounds.reduce((from, { start, step, count }, axis) => {
    if (plain.includes(axis)) return from;
    return pickAlong(
      from,
      axis,
      Array.from({ length: count }, (_, i) => start + i * step),
    );
  }, cut);
}

/** The elements of x at these places of one axis. */
export function pickAlong(x: Value, axis: number, at: readonly number[]): Value {
  const toFront = [axis, ...[...x.shape.keys()].filter((i) => i !== axis)];
  const rows = gather(transpose(x, toFront), constant(at, [at.length], 'int64'));
  return transpose(
    rows,
    toFront.map((_, i) => toFront.indexOf(i)),
  );
}

function padded(node: OnnxNode): Value {
  const x = node.value(0);
  const rank = x.shape.length;
  const pads = Array.from(node.known(1).data);
  const axes = node.inputs > 3 && node.optionalItem(3) ? axesOf4(node) : [...x.shape.keys()];
  const [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)];
  axes.forEach((axis, i) => {
    before[axis] = pads[i] as number;
    after[axis] = pads[i + axes.length] as number;
  });
  const inside = sliced(
    x,
    x.shape.map((n, i) => {
      const [cutBefore, cutAfter] = [Math.max(0, -(before[i] as number)), Math.max(0, -(after[i] as number))];
      return { start: cutBefore, step: 1, count: n - cutBefore - cutAfter };
    }),
  );
  const [first, last] = [before, after].map((of) => of.map((n) => Math.max(0, n))) as [number[], number[]];
  const mode = node.string('mode', 'constant');
  if (mode === 'constant') {
    const value = node.inputs > 2 ? (node.optionalKnown(2)?.data[0] ?? 0) : 0;
    return value === 0 ? pad(inside, first, last) : bordered(inside, first, last, value);
  }
  const place = borderPlaces[mode];
  if (!place)
    throw new OnnxError(`mode '${mode}' is not read; constant and ${Object.keys(borderPlaces).join(', ')} are`);
  return inside.shape.reduce((from, n, axis) => {
    const [start, end] = [first[axis] as number, last[axis] as number];
    if (start === 0 && end === 0) return from;
    return pickAlong(
      from,
      axis,
      Array.from({ length: start + n + end }, (_, i) => place(i - start, n)),
    );
  }, inside);
}

const axesOf4 = (node: OnnxNode): number[] =>
  Array.from(node.known(3).data, (axis) => axisOf(axis, node.item(0).shape));

/** Which element a place outside 0 … n − 1 repeats. */
const borderPlaces: Readonly<Record<string, (i: number, n: number) => number>> = {
  edge: (i, n) => Math.min(Math.max(i, 0), n - 1),
  reflect: (i, n) => (n === 1 ? 0 : n - 1 - Math.abs(n - 1 - (((i % (2 * n - 2)) + 2 * n - 2) % (2 * n - 2)))),
  wrap: (i, n) => ((i % n) + n) % n,
};

/** x with a number around it, which may be −∞. */
function bordered(x: Value, before: readonly number[], after: readonly number[], value: number): Value {
  return x.shape.reduce((from, _n, axis) => {
    const border = (n: number): Value[] =>
      n === 0 ? [] : [expand(constant(value, [], x.dtype), from.shape.with(axis, n))];
    return concat([...border(before[axis] as number), from, ...border(after[axis] as number)], axis);
  }, x);
}
