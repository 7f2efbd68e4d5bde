import type { DifferentiableOp } from '../ops/table.js';
import { attentionVjps } from './attention.js';
import { convVjps } from './conv.js';
import { elementwiseVjps } from './elementwise.js';
import { foreignVjps } from './foreign.js';
import { gatherVjps } from './gather.js';
import { groupedConvVjps } from './grouped-conv.js';
import { matmulVjps } from './matmul.js';
import { normVjps } from './norm.js';
import { poolVjps } from './pool.js';
import { quantisedVjps } from './quantised.js';
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
  ...groupedConvVjps,
  ...poolVjps,
  ...normVjps,
  ...attentionVjps,
  ...quantisedVjps,
  ...foreignVjps,
};
