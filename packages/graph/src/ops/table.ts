import type { Value } from '../value.js';
import type { AttentionOps } from './attention.js';
import type { ConvOps } from './conv.js';
import type { ElementwiseOps } from './elementwise.js';
import type { ForeignOps } from './foreign.js';
import type { GatherOps } from './gather.js';
import type { GroupedConvOps } from './grouped-conv.js';
import type { LeafOps } from './leaf.js';
import type { LoweredOps } from './lowered.js';
import type { MatmulOps } from './matmul.js';
import type { NormOps } from './norm.js';
import type { PoolOps } from './pool.js';
import type { QuantisedOps } from './quantised.js';
import type { ReduceOps } from './reduce.js';
import type { ShapeOps } from './shape.js';

/** What one op takes: its inputs (a tuple fixes the arity) and its attributes. `outputs: 'many'` marks several outputs. */
export interface OpSignature {
  inputs: readonly Value[];
  attributes: object;
  outputs?: 'many';
}

/** Ops that may stand in a forward pass. Each has a row in `gradients/`. */
export interface DifferentiableOps
  extends ElementwiseOps,
    ReduceOps,
    ShapeOps,
    GatherOps,
    MatmulOps,
    ConvOps,
    GroupedConvOps,
    PoolOps,
    NormOps,
    AttentionOps,
    QuantisedOps,
    ForeignOps {}

/** Every op. Leaves have no inputs; lowered ops are made by passes after the backward and need no rule. */
export interface Ops extends LeafOps, DifferentiableOps, LoweredOps {}

export type OpName = keyof Ops;
export type DifferentiableOp = keyof DifferentiableOps;
export type Inputs<Op extends OpName> = Ops[Op]['inputs'];
export type Attributes<Op extends OpName> = Ops[Op]['attributes'];
export type None = Record<never, never>;
