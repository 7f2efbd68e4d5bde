import { clipFactor } from './clip.js';
import type { Job, Plan } from './loop.js';

/** A sweep of the learning rate from low to high. */
export interface SweepPlan extends Pick<Plan, 'accumulate' | 'maxNorm'> {
  readonly from: number;
  readonly to: number;
  /** Optimiser steps. */
  readonly steps: number;
  /** Micro-batches that the loss is looked at on, the same with the same noise at every step, and never trained on. */
  readonly probe: number;
}

/** What the parameters were worth after the steps so far. */
export interface SweepPoint {
  /** Of the last of these steps; 0 before the first. */
  readonly learningRate: number;
  /** Mean over the probe. */
  readonly loss: number;
  /** How much of the model's own error the chosen pictures' error has risen by; null where the objective does not say. */
  readonly chosenRise: number | null;
}

/** A loss so many times the first is no training any more: the sweep ends there. */
const runaway = 4;

/**
 * Learning-rate range test (Smith 2015, arXiv:1506.01186): one training run whose learning rate grows by the same factor at every
 * step, without warm-up. A preference loss begins at the same number on every batch and then moves less than it is noisy, so it is
 * looked at on a probe: the batches that follow those of the sweep. Ends early when the loss is not a number, or has run away.
 */
export async function* sweepLearningRate(
  { learner, batch, shape = () => 0 }: Pick<Job, 'learner' | 'batch' | 'shape'>,
  { from, to, steps, accumulate, maxNorm, probe }: SweepPlan,
): AsyncGenerator<SweepPoint> {
  const probes: { feeds: Awaited<ReturnType<Job['batch']>>; of: number }[] = [];
  for (let number = steps * accumulate; probes.length < probe; number++)
    probes.push({ feeds: await batch(number), of: shape(number) });
  const look = async (): Promise<Readonly<Record<string, number>>> => {
    const means: Record<string, number> = {};
    for (const { feeds, of } of probes)
      for (const [name, value] of Object.entries(await learner.accumulate(feeds, of)))
        means[name] = (means[name] ?? 0) + value / probe;
    await learner.forget();
    return means;
  };
  const first = await look();
  const pointOf = (learningRate: number, metrics: Readonly<Record<string, number>>): SweepPoint => ({
    learningRate,
    loss: metrics.loss as number,
    chosenRise: riseOf(metrics, first),
  });
  yield pointOf(0, first);
  for (let step = 1; step <= steps; step++) {
    const learningRate = from * (to / from) ** ((step - 1) / Math.max(1, steps - 1));
    for (let number = (step - 1) * accumulate; number < step * accumulate; number++)
      await learner.accumulate(await batch(number), shape(number));
    const norm = await learner.gradientNorm(1 / accumulate);
    const clip = maxNorm === null ? 1 : clipFactor(norm, maxNorm);
    await learner.update({ step, learningRate, gradientScale: clip / accumulate }, 0);
    const point = pointOf(learningRate, await look());
    yield point;
    if (!(point.loss <= runaway * (first.loss as number))) return;
  }
}

function riseOf(now: Readonly<Record<string, number>>, first: Readonly<Record<string, number>>): number | null {
  const { chosenErrorOverReference: over, modelError, chosenError } = now;
  if (over !== undefined && modelError !== undefined) return over / modelError;
  if (chosenError !== undefined && first.chosenError) return chosenError / first.chosenError - 1;
  return null;
}

/** What a sweep says of the learning rate, each null where it did not show. */
export interface RangeFinding {
  /** A rate to begin with. */
  readonly suggestion: number | null;
  /** Where the smoothed loss falls most for a factor of the rate. */
  readonly steepest: number | null;
  /** The first rate at which the model is worse than it was untouched. */
  readonly edge: number | null;
  /** The points' losses, smoothed. */
  readonly smoothed: readonly number[];
}

/** Share of the untouched model's loss, or of its error, within which nothing is said to have changed. */
const tolerance = 0.02;
const weight = 0.5;

/** In words, for whoever reads the suggestion. */
export const rangeRule =
  'The smaller of two rates: where the smoothed loss on the probe falls most steeply, and a tenth of the edge. The edge is the first ' +
  'rate at which the smoothed loss is 2 % above that of the untouched model, or the error on the chosen pictures 2 % above its own.';

/** @param points as `sweepLearningRate` gives them, the untouched model first */
export function findRate(points: readonly SweepPoint[]): RangeFinding {
  const smoothed: number[] = [];
  for (const { loss } of points)
    smoothed.push(smoothed.length ? weight * (smoothed.at(-1) as number) + (1 - weight) * loss : loss);
  const start = smoothed[0] ?? Number.NaN;
  const worse = ({ chosenRise }: SweepPoint, i: number): boolean =>
    !((smoothed[i] as number) - start <= tolerance * Math.abs(start)) || (chosenRise ?? 0) > tolerance;
  const edgeAt = points.findIndex((point, i) => i > 0 && worse(point, i));
  const edge = points[edgeAt]?.learningRate ?? null;
  const end = edgeAt < 0 ? points.length : edgeAt;
  let [steepest, fall] = [null as number | null, 0];
  for (let i = 2; i < end; i++) {
    const drop = (smoothed[i - 1] as number) - (smoothed[i] as number); // the rates are a geometric sequence
    if (drop > fall) [steepest, fall] = [points[i]?.learningRate ?? null, drop];
  }
  const lowest = Math.min(...smoothed.slice(0, end));
  if (!(start - lowest > (tolerance / 10) * Math.abs(start))) steepest = null; // it has not fallen at all
  const bounds = [steepest, edge === null ? null : edge / 10].filter((rate) => rate !== null);
  return { suggestion: steepest === null ? null : Math.min(...bounds), steepest, edge, smoothed };
}
