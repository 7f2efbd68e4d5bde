import { scatterAdd } from '../ops/gather.js';
import { constant } from '../ops/leaf.js';
import type { PoolOps } from '../ops/pool.js';
import { expand, reshape } from '../ops/shape.js';
import { size } from '../value.js';
import type { Vjp } from './vjp.js';

export const poolVjps: { [Op in keyof PoolOps]: Vjp<Op> } = {
  // Overlapping windows may share their largest element: its gradients add up.
  MaxPool: ([g, toWhere], [, where], [x]) => {
    if (!g || toWhere || !where) throw new RangeError('the places of a max pooling have no gradient');
    const zeros = expand(constant(0), [size(x.shape)]);
    return [reshape(scatterAdd(zeros, reshape(where, [-1]), reshape(g, [-1])), x.shape)];
  },
};
