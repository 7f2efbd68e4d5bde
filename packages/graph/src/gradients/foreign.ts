import type { ForeignOps } from '../ops/foreign.js';
import type { Vjp } from './vjp.js';

/** A gradient would have to pass through an operator that has none. The message names the operator and where it sits. */
export class NoGradientError extends Error {
  override name = 'NoGradientError';
}

export const foreignVjps: { [Op in keyof ForeignOps]: Vjp<Op> } = {
  Foreign: (_gs, _ys, inputs, { op, place, flat }) => {
    if (!flat)
      throw new NoGradientError(
        `${op} has no gradient rule: ${place}. It lies between the loss and a tensor that is to be trained. ` +
          'Train only tensors that come after it, or take the loss from an output that does not depend on it.',
      );
    return inputs.map(() => null);
  },
};
