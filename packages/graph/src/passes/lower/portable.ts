import { add, mul } from '../../ops/elementwise.js';
import { reshape, slice } from '../../ops/shape.js';
import type { Lowering } from './index.js';
import { sineRows } from './sine.js';

/** Every provider but the CPU's: standard ONNX, and no integers that a GPU would hand back to the host. */
export const portable: Lowering = {
  ...sineRows,

  // x + 0 · after[0]: one pass over x. Where that element is not finite, neither is the result.
  Barrier: (_node, [x, after]) => [add(x, mul(0, slice(reshape(after, [-1]), [0], [0], [1])))],
};
