import { ancestors } from '../../gradients/backward.js';
import { type ConvGeometry, conv } from '../../ops/conv.js';
import { gather } from '../../ops/gather.js';
import { constant } from '../../ops/leaf.js';
import { reshape, transpose } from '../../ops/shape.js';
import { dim, make, type Shape, type Value } from '../../value.js';
import type { Lowering } from './index.js';

/**
 * Convolutions on a CPU. Where the kernel is frozen the runtime packs it once, at load. Where it is trained we pack it in the
 * graph for the same blocked kernel: the plain one, which takes any kernel, is five times slower on small images.
 */
export const convRows = (block: number | null, mapped: boolean): Lowering => ({
  Conv: (node, [x, w, bias]) => {
    if (!block || isFrozen(w) || !dividesAll(block, w)) return null;
    const packed = transpose(reshape(w, blocksOf(w, block)), [0, 2, 4, 5, 3, 1]); // (O/b, I/b, kH, kW, b, b)
    return [blockedConv(x, reshape(packed, w.shape), bias ?? null, node.attributes, node.outputs[0]?.shape ?? [])];
  },

  // Stride 1: a convolution with the kernel turned by 180° and its channels swapped. Not of a mapped kernel: turning it would be
  // a second copy of it in memory, and the plain operator takes it as it lies, at 0.6 to 1 times the speed.
  ConvTranspose: ({ attributes: { strides, pads }, outputs }, [g, w]) => {
    if (mapped && isFrozen(w)) return null;
    const [kh, kw] = [dim(w, 2), dim(w, 3)];
    const [top, left, bottom, right] = pads;
    if (strides[0] !== 1 || strides[1] !== 1 || Math.max(top, bottom) >= kh || Math.max(left, right) >= kw) return null;
    const turned: ConvGeometry = { strides, pads: [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right] };
    if (!block || isFrozen(w) || !dividesAll(block, w))
      return [conv(g, turn(transpose(w, [1, 0, 2, 3])), null, turned)];
    const [outs, , ins] = blocksOf(w, block) as [number, number, number];
    const taps = transpose(reshape(w, [outs, block, ins, block, kh * kw]), [4, 2, 0, 1, 3]); // (taps, I/b, O/b, b of O, b of I)
    const backwards = transpose(reversed(taps), [1, 2, 0, 3, 4]); // (I/b, O/b, taps, b of O, b of I)
    const kernel = reshape(backwards, [dim(w, 1), dim(w, 0), kh, kw]);
    return [blockedConv(g, kernel, null, turned, outputs[0]?.shape ?? [])];
  },
});

function blockedConv(x: Value, packed: Value, bias: Value | null, geometry: ConvGeometry, shape: Shape): Value {
  const blocked = make('ReorderInput', [x], {}, x);
  const kernel = [dim(packed, 2), dim(packed, 3)] as const;
  const attributes = { strides: geometry.strides, pads: geometry.pads, kernel };
  const y = make('BlockedConv', bias ? [blocked, packed, bias] : [blocked, packed], attributes, {
    dtype: x.dtype,
    shape,
  });
  return make('ReorderOutput', [y], { channels: dim(packed, 0) }, y);
}

const blocksOf = (w: Value, block: number): Shape => [
  dim(w, 0) / block,
  block,
  dim(w, 1) / block,
  block,
  dim(w, 2),
  dim(w, 3),
];
const dividesAll = (block: number, w: Value): boolean => dim(w, 0) % block === 0 && dim(w, 1) % block === 0;

/** x with its first axis backwards. */
function reversed(x: Value): Value {
  const n = dim(x, 0);
  return n === 1
    ? x
    : gather(
        x,
        constant(
          Int32Array.from({ length: n }, (_, i) => n - 1 - i),
          [n],
          'int32',
        ),
      );
}

/** A kernel turned by 180°. */
function turn(w: Value): Value {
  const taps = dim(w, 2) * dim(w, 3);
  if (taps === 1) return w;
  const byTap = transpose(reshape(w, [-1, taps]), [1, 0]);
  return reshape(transpose(reversed(byTap), [1, 0]), w.shape);
}

/** Whether a value depends on nothing that is fed, so that the runtime may compute it at load. */
function isFrozen(value: Value): boolean {
  return ancestors([value]).every((node) => node.op !== 'Input');
}
