import { input, matmul, mean, square, sub } from '@bradley/graph';
import { normal } from '@bradley/runtime';
import { describe, expect, it } from 'vitest';
import { deviceLearner } from './device/device-learner.js';
import { optimizerGraphs } from './device/optimizer-graphs.js';
import { hostLearner, type Learner } from './learner.js';
import { findRate, type SweepPlan, type SweepPoint, sweepLearningRate } from './learning-rate-range.js';
import { optimizers } from './optimizers/index.js';
import { type ParameterBuffer, parameterBuffer } from './parameter-buffer.js';
import { compileStep, type LossGraph } from './step/compiled-step.js';

/** Least squares with curvature 2: gradient descent gets worse above a rate of 1. */
const w = input('w', [3, 1]);
const loss = mean(square(sub(matmul(input('x', [64, 3]), w), input('y', [64, 1]))));
const of: LossGraph = {
  loss,
  metrics: {},
  trainables: [{ name: 'w', shape: [3, 1], value: w, initial: { kind: 'zeros' } }],
};
const seen: number[] = [];
async function batch(number: number): Promise<{ x: Float32Array; y: Float32Array }> {
  seen.push(number);
  const x = normal({ seed: 0, stream: 'x', step: number, index: 0 }, 192);
  return { x, y: Float32Array.from({ length: 64 }, (_, i) => (x[3 * i] as number) - 2 * (x[3 * i + 1] as number)) };
}

const learners: Record<string, (parameters: ParameterBuffer) => Promise<Learner>> = {
  'on the host': async (parameters) =>
    hostLearner(await compileStep(of, { threads: 1 }), parameters, optimizers.sgd.create(parameters.segments, {}), {
      average: false,
    }),
  'on a device': (parameters) =>
    deviceLearner(of, parameters, optimizerGraphs.sgd.create({}), {
      device: 'cpu',
      average: false,
      recompute: false,
      threads: 1,
    }),
};

const plan: SweepPlan = { from: 1e-3, to: 100, steps: 50, accumulate: 1, maxNorm: null, probe: 2 };

async function sweep(where: string, change: Partial<SweepPlan> = {}): Promise<SweepPoint[]> {
  seen.length = 0;
  const learner = await (learners[where] as (typeof learners)[string])(parameterBuffer(of.trainables));
  try {
    const points: SweepPoint[] = [];
    for await (const point of sweepLearningRate({ learner, batch }, { ...plan, ...change })) points.push(point);
    return points;
  } finally {
    await learner.release();
  }
}

describe.each(Object.keys(learners))('a sweep of the learning rate %s', (where) => {
  it('falls, gets worse where theory says, and ends where it has run away', async () => {
    const points = await sweep(where);
    expect(points[0]?.learningRate).toBe(0);
    expect(points[1]?.learningRate).toBeCloseTo(1e-3, 9);
    expect(points.length).toBeLessThan(51);
    const { suggestion, steepest, edge } = findRate(points);
    expect(edge).toBeGreaterThan(1); // it takes some steps to climb back up
    expect(edge).toBeLessThan(10);
    expect(steepest).toBeGreaterThan(0.03);
    expect(steepest).toBeLessThan(1);
    expect(suggestion).toBe(Math.min(steepest as number, (edge as number) / 10));
  });

  it('is the same each time, and its probe neither trains nor is trained on', async () => {
    const points = await sweep(where, { steps: 6, to: 1e-2 });
    expect(seen).toEqual([6, 7, 0, 1, 2, 3, 4, 5]); // the probe once, then each step's batch
    expect(await sweep(where, { steps: 6, to: 1e-2 })).toEqual(points);
    const still = await sweep(where, { steps: 3, from: 1e-30, to: 1e-29 });
    expect(new Set(still.map((point) => point.loss)).size).toBe(1);
  });
});

describe('what is found', () => {
  const points = (losses: readonly number[], rises: readonly (number | null)[] = []): SweepPoint[] =>
    losses.map((value, i) => ({ learningRate: i && 10 ** (i - 8), loss: value, chosenRise: rises[i] ?? null }));

  it('is nothing where the loss does not fall', () => {
    expect(findRate(points([Math.LN2, Math.LN2, Math.LN2, Math.LN2]))).toMatchObject({
      suggestion: null,
      steepest: null,
      edge: null,
    });
    expect(findRate(points([Math.LN2, 0.7, 0.9, 2]))).toMatchObject({ suggestion: null, edge: 1e-6 });
  });

  it('takes a loss that is not a number for worse', () => {
    expect(findRate(points([Math.LN2, 0.69, 0.6, 0.5, Number.NaN])).edge).toBeCloseTo(1e-4, 12);
  });

  it('stays a decade below where the chosen pictures get worse, however far the loss falls', () => {
    const rises = [0, 0, 0.001, 0.005, 0.01, 0.03, 0.2];
    const { edge, suggestion } = findRate(points([Math.LN2, 0.69, 0.68, 0.66, 0.6, 0.5, 0.3], rises));
    expect(edge).toBe(1e-3);
    expect(suggestion).toBeCloseTo(1e-4, 12);
  });
});
