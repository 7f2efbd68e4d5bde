import type { DifferentiableOp } from '../ops/table.js';
import { attentionVjps } from './attention.js';
import { convVjps } from './conv.js';
import { elementwiseVjps } from './elementwise.js';
import { gatherVjps } from './gather.js';
import { matmulVjps } from './matmul.js';
import { normVjps } from './norm.js';
import { reduceVjps } from './reduce.js';
import { shapeVjps } from './shape.js';
import type { Vjp } from './vjp.js';

/** The rule of every differentiable op. */
export const vjps: { [Op in DifferentiableOp]: Vjp<Op> } = {
  ...elementwiseVjps,
  ...reduceVjps,
  ...shapeVjps,
  ...gatherVjps,
  ...matmulVjps,
  ...convVjps,
  ...normVjps,
  ...attentionVjps,
};
