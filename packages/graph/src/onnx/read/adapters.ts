import { conv } from '../../ops/conv.js';
import { add, mul } from '../../ops/elementwise.js';
import { type GroupedGeometry, groupedConv } from '../../ops/grouped-conv.js';
import { gemm } from '../../ops/matmul.js';
import { reshape } from '../../ops/shape.js';
import { dim, type Value } from '../../value.js';
import type { OnnxNode } from './node.js';

/** y = α x w, plus the LoRA of the node's layer if it has one: x (…, in), y (…, out). */
export function withLinearAdapter({ layer, parameters }: OnnxNode, y: Value, x: Value, alpha = 1): Value {
  const adapter = layer ? parameters.adapter(layer) : null;
  if (!adapter) return y;
  const low = gemm(reshape(x, [-1, dim(x, -1)]), adapter.down, { transB: true }); // (M, rank)
  const scale = adapter.scale * alpha;
  const added = gemm(scale === 1 ? low : mul(low, scale), adapter.up, { transB: true });
  return add(y, reshape(added, y.shape));
}

/** y = conv(x, w), plus the LoRA of the layer: a convolution to `rank` channels with the kernel's geometry, then a 1×1. */
export function withConvAdapter({ layer, parameters }: OnnxNode, y: Value, x: Value, geometry: GroupedGeometry): Value {
  const adapter = layer ? parameters.adapter(layer) : null;
  if (!adapter) return y;
  const dilated = geometry.dilations.some((n) => n !== 1);
  const low = dilated ? groupedConv(x, adapter.down, null, geometry) : conv(x, adapter.down, null, geometry);
  return add(y, conv(low, mul(adapter.up, adapter.scale), null, { strides: [1, 1], pads: [0, 0, 0, 0] }));
}
