import type { DifferentiableOp, DifferentiableOps } from '../ops/table.js';
import type { Value } from '../value.js';

type One<Op extends DifferentiableOp, Single, Several> = DifferentiableOps[Op] extends { outputs: 'many' }
  ? Several
  : Single;

/**
 * The reverse-mode rule of an op. For y = Op(inputs) and g = ∂ℒ/∂y it returns the gradient of each input, or null where none
 * flows. An op of several outputs gets lists: y of all outputs, g with null where no gradient arrived. Rules ignore
 * broadcasting: `backward` sums each gradient to its input's shape.
 */
export type Vjp<Op extends DifferentiableOp> = (
  g: One<Op, Value, readonly (Value | null)[]>,
  y: One<Op, Value, readonly Value[]>,
  inputs: DifferentiableOps[Op]['inputs'],
  attributes: DifferentiableOps[Op]['attributes'],
) => Gradients<DifferentiableOps[Op]['inputs']>;

/** One gradient for each input of a tuple. */
type Gradients<Inputs extends readonly Value[]> = { [I in keyof Inputs]: Value | null };
