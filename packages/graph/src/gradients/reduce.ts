import { cast, div, equal, mul } from '../ops/elementwise.js';
import { keptShape, type ReduceOps, sum } from '../ops/reduce.js';
import { expand, reshape } from '../ops/shape.js';
import { size, type Value } from '../value.js';
import type { Vjp } from './vjp.js';

type Attributes = ReduceOps['ReduceSum']['attributes'];

/** Spreads the gradient of a reduced tensor over what was reduced. */
const spread = (g: Value, x: Value, { axes }: Attributes): Value =>
  expand(reshape(g, keptShape(x.shape, axes)), x.shape);

export const reduceVjps: { [Op in keyof ReduceOps]: Vjp<Op> } = {
  ReduceSum: (g, _y, [x], attributes) => [spread(g, x, attributes)],
  ReduceMean: (g, y, [x], attributes) => [spread(mul(g, size(y.shape) / size(x.shape)), x, attributes)],
  // Equal maxima share the gradient.
  ReduceMax: (g, y, [x], { axes }) => {
    const kept = keptShape(x.shape, axes);
    const at = cast(equal(x, reshape(y, kept)), 'float32');
    return [mul(at, div(reshape(g, kept), sum(at, axes, { keepdims: true })))];
  },
};
