import { type ConvGeometry, type ConvOps, conv, convTranspose, sumPool, upsampleNearest } from '../ops/conv.js';
import { gather } from '../ops/gather.js';
import { constant } from '../ops/leaf.js';
import { gemm } from '../ops/matmul.js';
import { sum } from '../ops/reduce.js';
import { concat, reshape, transpose } from '../ops/shape.js';
import { dim, type Value } from '../value.js';
import type { Vjp } from './vjp.js';

export const convVjps: { [Op in keyof ConvOps]: Vjp<Op> } = {
  Conv: (g, _y, inputs, geometry) => {
    const [x, w, bias] = inputs;
    const grads = [convTranspose(g, w, geometry, dim(x, 2), dim(x, 3)), weightGradient(g, x, w, geometry)];
    return (bias ? [...grads, sum(g, [0, 2, 3])] : grads) as [Value, Value];
  },
  ConvTranspose: (g, _y, [x, w], { strides, pads }) => [
    conv(g, w, null, { strides, pads }),
    weightGradient(x, g, w, { strides, pads }),
  ],
  UpsampleNearest: (g, _y, _x, { factor }) => [sumPool(g, factor)],
  SumPool: (g, _y, _x, { factor }) => [upsampleNearest(g, factor)],
};

/**
 * ∂ℒ/∂w: the product of g (O, P) with the patches of x (P, kH·kW·I), over the P = B·H'·W' places of the output. The patches
 * are rows of x with its channels last, picked by one Gather: an op of its own for each tap would be a pass of one thread.
 */
function weightGradient(g: Value, x: Value, w: Value, geometry: ConvGeometry): Value {
  const [inputs, outputs, kh, kw] = [dim(x, 1), dim(g, 1), dim(w, 2), dim(w, 3)];
  const rows = reshape(transpose(x, [0, 2, 3, 1]), [-1, inputs]); // (B·H·W, I)
  const whole = kh * kw === 1 && [...geometry.strides, ...geometry.pads.map((n) => n + 1)].every((n) => n === 1);
  const patches = whole ? rows : reshape(gatherPatches(rows, g, x, kh, kw, geometry), [-1, kh * kw * inputs]);
  const product = gemm(reshape(transpose(g, [1, 0, 2, 3]), [outputs, -1]), patches); // (O, kH·kW·I)
  return reshape(transpose(reshape(product, [outputs, kh * kw, inputs]), [0, 2, 1]), w.shape);
}

/** Row index of every tap of every output place; one row of zeros after the others stands for the padding. (P, kH·kW, I) */
function gatherPatches(
  rows: Value,
  g: Value,
  x: Value,
  kh: number,
  kw: number,
  { strides, pads }: ConvGeometry,
): Value {
  const [batch, height, width] = [dim(g, 0), dim(g, 2), dim(g, 3)];
  const [fromHeight, fromWidth] = [dim(x, 2), dim(x, 3)];
  const padding = dim(rows, 0);
  const index = new Int32Array(batch * height * width * kh * kw);
  let k = 0;
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++)
        for (let down = 0; down < kh; down++)
          for (let across = 0; across < kw; across++) {
            const row = i * strides[0] + down - pads[0];
            const column = j * strides[1] + across - pads[1];
            const inside = row >= 0 && row < fromHeight && column >= 0 && column < fromWidth;
            index[k++] = inside ? (b * fromHeight + row) * fromWidth + column : padding;
          }
  const padded = concat([rows, constant(new Float32Array(dim(rows, 1)), [1, dim(rows, 1)])], 0);
  return gather(padded, constant(index, [batch * height * width, kh * kw], 'int32'));
}
