import { type GroupedConvOps, type GroupedGeometry, groupedConv, groupedConvTranspose } from '../ops/grouped-conv.js';
import { sum } from '../ops/reduce.js';
import { reshape, slice, transpose } from '../ops/shape.js';
import { dim, type Value } from '../value.js';
import type { Vjp } from './vjp.js';

export const groupedConvVjps: { [Op in keyof GroupedConvOps]: Vjp<Op> } = {
  GroupedConv: (g, _y, inputs, geometry) => {
    const [x, w, bias] = inputs;
    const grads = [groupedConvTranspose(g, w, geometry, dim(x, 2), dim(x, 3)), weightGradient(g, x, w, geometry)];
    return (bias ? [...grads, sum(g, [0, 2, 3])] : grads) as [Value, Value];
  },
  GroupedConvTranspose: (g, _y, [x, w], { outputPadding: _, ...geometry }) => [
    groupedConv(g, w, null, geometry),
    weightGradient(x, g, w, geometry),
  ],
};

/**
 * ∂ℒ/∂w as a convolution: a tap of the kernel meets x at every place of the output, so x is convolved with g as its kernel,
 * strides and dilations changing places, and the batch in the role of the channels.
 */
function weightGradient(g: Value, x: Value, w: Value, { group, strides, pads, dilations }: GroupedGeometry): Value {
  const [batch, inputs, outputs] = [dim(x, 0), dim(w, 1), dim(w, 0) / group];
  const grouped = (of: Value, channels: number): Value => reshape(of, [batch, group, channels, dim(of, 2), dim(of, 3)]); // (B, G, C/G, H, W)
  const taps = groupedConv(
    reshape(transpose(grouped(x, inputs), [2, 1, 0, 3, 4]), [inputs, group * batch, dim(x, 2), dim(x, 3)]),
    reshape(transpose(grouped(g, outputs), [1, 2, 0, 3, 4]), [group * outputs, batch, dim(g, 2), dim(g, 3)]),
    null,
    { group, strides: dilations, dilations: strides, pads },
  ); // (I/G, O, ≥ kH, ≥ kW): rows that the strides skipped at the end give more taps than there are
  return transpose(slice(taps, [2, 3], [0, 0], [dim(w, 2), dim(w, 3)]), [1, 0, 2, 3]);
}
