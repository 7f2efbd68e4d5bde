import { type ConvGeometry, type ConvOps, conv, convTranspose, sumPool, upsampleNearest } from '../ops/conv.js';
import { gather } from '../ops/gather.js';
import { constant } from '../ops/leaf.js';
import { gemm, matmul } from '../ops/matmul.js';
import { sum } from '../ops/reduce.js';
import { concat, pad, reshape, slice, swapLast, transpose } from '../ops/shape.js';
import { dim, type Value } from '../value.js';
import type { Vjp } from './vjp.js';

export const convVjps: { [Op in keyof ConvOps]: Vjp<Op> } = {
  Conv: (g, _y, inputs, geometry) => {
    const [x, w, bias] = inputs;
    const grads = [inputGradient(g, x, w, geometry), weightGradient(g, x, w, geometry)];
    return (bias ? [...grads, sum(g, [0, 2, 3])] : grads) as [Value, Value];
  },
  ConvTranspose: (g, _y, [x, w], { strides, pads }) => [
    conv(g, w, null, { strides, pads }),
    weightGradient(x, g, w, { strides, pads }),
  ],
  UpsampleNearest: (g, _y, _x, { factor }) => [sumPool(g, factor)],
  SumPool: (g, _y, _x, { factor }) => [upsampleNearest(g, factor)],
};

/** ∂ℒ/∂x. Stride 1 is a convolution of g with the kernel turned by 180° and its channels swapped; others are transposed. */
function inputGradient(g: Value, x: Value, w: Value, geometry: ConvGeometry): Value {
  const { strides, pads } = geometry;
  const [height, width] = [dim(w, 2), dim(w, 3)];
  const [top, left, bottom, right] = pads;
  if (strides[0] !== 1 || strides[1] !== 1 || Math.max(top, bottom) >= height || Math.max(left, right) >= width)
    return convTranspose(g, w, geometry, dim(x, 2), dim(x, 3));
  const swapped = transpose(w, [1, 0, 2, 3]); // (I, O, kH, kW)
  const turned: ConvGeometry = {
    strides: [1, 1],
    pads: [height - 1 - top, width - 1 - left, height - 1 - bottom, width - 1 - right],
  };
  return conv(g, height * width === 1 ? swapped : turn(swapped), null, turned);
}

/** A kernel turned by 180°. */
function turn(w: Value): Value {
  const taps = dim(w, 2) * dim(w, 3);
  const byTap = transpose(reshape(w, [-1, taps]), [1, 0]); // taps first: gather takes rows
  const backwards = gather(byTap, constant([...Array(taps).keys()].reverse(), [taps], 'int64'));
  return reshape(transpose(backwards, [1, 0]), w.shape);
}

/**
 * ∂ℒ/∂w: one product of g (O, B·H'·W') with the patches of x (kH·kW·I, B·H'·W'). The patches are shifted slices of the
 * padded x with its channels first; strides split an axis into phases first, so that a slice is contiguous in every axis.
 */
function weightGradient(g: Value, x: Value, w: Value, geometry: ConvGeometry): Value {
  const { strides, pads } = geometry;
  const [batch, outputs, height, width] = g.shape as [number, number, number, number];
  const [inputs, kh, kw] = [dim(x, 1), dim(w, 2), dim(w, 3)];
  if (kh * kw === 1 && strides[0] === 1 && strides[1] === 1 && pads.every((n) => n === 0)) {
    const flatG = reshape(g, [batch, outputs, -1]);
    const flatX = reshape(x, [batch, inputs, -1]);
    return reshape(sum(matmul(flatG, swapLast(flatX)), [0]), w.shape);
  }
  // Room for every tap, and a multiple of the stride.
  const rows = Math.ceil((kh - 1) / strides[0]) + height;
  const columns = Math.ceil((kw - 1) / strides[1]) + width;
  const fit = (n: number, before: number, length: number): number => length - n - before;
  const below = fit(dim(x, 2), pads[0], rows * strides[0]);
  const beside = fit(dim(x, 3), pads[1], columns * strides[1]);
  const channelsFirst = transpose(x, [1, 0, 2, 3]); // (I, B, H, W)
  const cut = slice(channelsFirst, [2, 3], [0, 0], [dim(x, 2) + Math.min(0, below), dim(x, 3) + Math.min(0, beside)]);
  const padded = pad(cut, [0, 0, pads[0], pads[1]], [0, 0, Math.max(0, below), Math.max(0, beside)]);
  const phases = reshape(padded, [inputs, batch, rows, strides[0], columns, strides[1]]);
  const taps: Value[] = [];
  for (let i = 0; i < kh; i++)
    for (let j = 0; j < kw; j++) {
      const [top, left] = [Math.floor(i / strides[0]), Math.floor(j / strides[1])];
      const [down, across] = [i % strides[0], j % strides[1]];
      const patch = slice(
        phases,
        [2, 3, 4, 5],
        [top, down, left, across],
        [top + height, down + 1, left + width, across + 1],
      );
      taps.push(reshape(patch, [inputs, batch * height * width]));
    }
  const patches = concat(taps, 0); // (kH·kW·I, B·H'·W')
  const flatG = reshape(transpose(g, [1, 0, 2, 3]), [outputs, -1]);
  const product = gemm(flatG, patches, { transB: true }); // (O, kH·kW·I)
  return reshape(transpose(reshape(product, [outputs, kh * kw, inputs]), [0, 2, 1]), w.shape);
}
