import { type GatherOps, gather, scatterAdd } from '../ops/gather.js';
import { constant } from '../ops/leaf.js';
import { expand, reshape } from '../ops/shape.js';
import type { Vjp } from './vjp.js';

export const gatherVjps: { [Op in keyof GatherOps]: Vjp<Op> } = {
  Gather: (g, _y, [table, indices]) => {
    const flat = reshape(indices, [-1]);
    const rows = reshape(g, [...flat.shape, ...table.shape.slice(1)]);
    return [scatterAdd(expand(constant(0), table.shape), flat, rows), null];
  },
  ScatterAdd: (g, _y, [, indices]) => [g, null, gather(g, indices)],
};
