import type { Json } from '../run-folder/metrics.js';

export interface GuardOptions {
  /** What to do when the chosen pictures become less likely than under the reference. */
  readonly winnerLikelihood: 'warn' | 'stop' | 'off';
  /** Stop above this loss; null stops above twenty times the mean of the first losses, and never below 20. */
  readonly maxLoss: number | null;
}

/** Training went wrong in a way that has a remedy: the message says which. The last checkpoint is good. */
export class GuardError extends Error {
  override name = 'GuardError';
}

/** Steps that a judgement is made over: the first ones of the loss, the last ones of the winners' error. */
const window = 50;
/** So many times the first loss, or the reference's error, is no training any more. */
const runaway = 20;
/** A share of the model's own error: below it the winners' rise is within the noise of a batch. */
const tolerance = 0.02;

/**
 * Watches a run step by step: stops at NaN, at a runaway loss and at a policy that is lost, and warns (or stops) when the winners' error stays above
 * the reference's, the known failure of DPO in which both sides become less likely.
 *
 * @param past the records of a run that is resumed: it is judged as one that was never interrupted
 */
export function guards(
  { winnerLikelihood, maxLoss }: GuardOptions,
  past: readonly Readonly<Record<string, Json>>[] = [],
) {
  const rises: number[] = [];
  const firstLosses: number[] = [];
  let warned = false;
  const remember = ({ loss, chosenErrorOverReference: rise, modelError, warning }: Readonly<Record<string, Json>>) => {
    if (typeof loss === 'number' && firstLosses.length < window) firstLosses.push(loss);
    if (typeof rise === 'number' && typeof modelError === 'number') rises.push(rise / modelError);
    if (rises.length > window) rises.shift();
    warned ||= warning !== undefined;
  };
  for (const record of past) remember(record);
  return (step: number, metrics: Readonly<Record<string, number>>): Readonly<Record<string, Json>> | undefined => {
    const { loss = 0, gradientNorm = 0 } = metrics;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm))
      throw new GuardError(
        `step ${step}: the ${Number.isFinite(loss) ? 'gradient' : 'loss'} is not a number. Lower optimizer.lr in run.yaml (a ` +
          'tenth is a good next try) or objective.beta, then resume from the last checkpoint.',
      );
    const limit =
      maxLoss ?? (firstLosses.length ? Math.max(runaway, runaway * mean(firstLosses)) : Number.POSITIVE_INFINITY);
    if (loss > limit)
      throw new GuardError(
        `step ${step}: the loss is ${loss.toPrecision(3)}, above ${limit.toPrecision(3)}. Lower optimizer.lr or ` +
          'objective.beta in run.yaml, or raise train.warmup, then resume from the last checkpoint.',
      );
    const { chosenErrorOverReference: chosen, rejectedErrorOverReference: rejected, modelError } = metrics;
    if (winnerLikelihood !== 'off' && chosen !== undefined && rejected !== undefined && modelError !== undefined) {
      const reference = modelError - (chosen + rejected) / 2;
      if (chosen > runaway * reference)
        throw new GuardError(
          `step ${step}: the error on the chosen pictures is ${(1 + chosen / reference).toFixed(0)} times the reference's. ` +
            'Lower optimizer.lr in run.yaml, or raise train.warmup, then resume from the last checkpoint.',
        );
    }
    remember(metrics);
    if (winnerLikelihood === 'off' || warned || rises.length < window || mean(rises) <= tolerance) return;
    warned = true;
    const message =
      `the chosen pictures have become less likely: their error is ${(100 * mean(rises)).toFixed(1)} % above the reference's ` +
      `over the last ${window} steps. Raise objective.beta, lower optimizer.lr, or set objective.anchor to 1.`;
    if (winnerLikelihood === 'stop') throw new GuardError(`step ${step}: ${message}`);
    return { warning: message };
  };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
