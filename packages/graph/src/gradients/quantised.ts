import { cast, mul } from '../ops/elementwise.js';
import type { QuantisedOps } from '../ops/quantised.js';
import { sum } from '../ops/reduce.js';
import type { Vjp } from './vjp.js';

export const quantisedVjps: { [Op in keyof QuantisedOps]: Vjp<Op> } = {
  // Whole numbers have no gradient; a scale has that of all its row.
  DequantizeLinear: (g, _y, [q]) => [
    null,
    sum(
      mul(g, cast(q, 'float32')),
      q.shape.slice(1).map((_, i) => i + 1),
    ),
  ],
};
