import type { Json } from '../run-folder/metrics.js';

export interface GuardOptions {
  /** What to do when the chosen pictures become less likely than under the reference. */
  readonly winnerLikelihood: 'warn' | 'stop' | 'off';
  /** Stop above this loss; null stops only at a loss twenty times the first. */
  readonly maxLoss: number | null;
}

/** Training went wrong in a way that has a remedy: the message says which. The last checkpoint is good. */
export class GuardError extends Error {
  override name = 'GuardError';
}

/** Metrics of the last steps that a judgement is made over. */
const window = 50;
/** A share of the model's own error: below it the winners' rise is within the noise of a batch. */
const tolerance = 0.02;

/**
 * Watches a run step by step: stops at NaN and at a runaway loss, and warns (or stops) when the winners' error stays above
 * the reference's, the known failure of DPO in which both sides become less likely.
 */
export function guards({ winnerLikelihood, maxLoss }: GuardOptions) {
  const recent: number[] = [];
  const losses: number[] = [];
  let warned = false;
  return (step: number, metrics: Readonly<Record<string, number>>): Readonly<Record<string, Json>> | undefined => {
    const { loss = 0, gradientNorm = 0, chosenErrorOverReference, modelError } = metrics;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm))
      throw new GuardError(
        `step ${step}: the ${Number.isFinite(loss) ? 'gradient' : 'loss'} is not a number. ` +
          'Lower the learning rate (a tenth is a good next try) or beta, then resume from the last checkpoint.',
      );
    losses.push(loss);
    if (losses.length > window) losses.shift();
    const first = losses.length < window ? null : mean(losses);
    const limit = maxLoss ?? Math.max(20, 20 * Math.abs(first ?? loss));
    if (loss > limit && losses.length > 1)
      throw new GuardError(
        `step ${step}: the loss is ${loss.toPrecision(3)}, above ${limit.toPrecision(3)}. ` +
          'Lower the learning rate or beta, or warm up for longer, then resume from the last checkpoint.',
      );
    if (winnerLikelihood === 'off' || chosenErrorOverReference === undefined || modelError === undefined) return;
    recent.push(chosenErrorOverReference / modelError);
    if (recent.length > window) recent.shift();
    if (recent.length < window || mean(recent) <= tolerance || warned) return;
    warned = true;
    const message =
      `the chosen pictures have become less likely: their error is ${(100 * mean(recent)).toFixed(1)} % above the reference's ` +
      `over the last ${window} steps. Raise objective.beta, lower the learning rate, or set objective.anchor to 1.`;
    if (winnerLikelihood === 'stop') throw new GuardError(`step ${step}: ${message}`);
    return { warning: message };
  };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
