import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { input, matmul, mean, square, sub } from '@bradley/graph';
import { normal } from '@bradley/runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { deviceLearner } from './device/device-learner.js';
import { optimizerGraphs } from './device/optimizer-graphs.js';
import { hostLearner, type Learner } from './learner.js';
import { fit, type Job, type Plan, type Validation } from './loop.js';
import { optimizers } from './optimizers/index.js';
import { type ParameterBuffer, parameterBuffer } from './parameter-buffer.js';
import { askRun, clearControl } from './run-folder/control.js';
import { closeRun, createRun, openRun, runCheckpoints } from './run-folder/run-folder.js';
import { compileStep, type LossGraph } from './step/compiled-step.js';

/** Least squares: the weights w (3, 1) of y = x w from rows of x (4, 3). */
const w = input('w', [3, 1]);
const weights = { name: 'w', shape: [3, 1], value: w, initial: { kind: 'zeros' } } as const;
const loss = mean(square(sub(matmul(input('x', [4, 3]), w), input('y', [4, 1]))));
const of: LossGraph = { loss, metrics: {}, trainables: [weights] };
const momentum = { momentum: 0.5 };

/** Where the state may be kept: each learner on this processor. */
const learners: Record<string, (parameters: ParameterBuffer, average: boolean) => Promise<Learner>> = {
  'on the host': async (parameters, average) =>
    hostLearner(
      await compileStep(of, { threads: 1 }),
      parameters,
      optimizers.sgd.create(parameters.segments, momentum),
      {
        average,
      },
    ),
  'on a device': (parameters, average) =>
    deviceLearner(of, parameters, optimizerGraphs.sgd.create(momentum), {
      device: 'cpu',
      average,
      recompute: false,
      threads: 1,
    }),
};
let openLearner = learners['on the host'] as NonNullable<(typeof learners)[string]>;

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'loop-')), 'run');
  await createRun(folder, '');
});

/** y = x₀ − 2 x₁ */
async function batch(number: number): Promise<{ x: Float32Array; y: Float32Array }> {
  const x = normal({ seed: 0, stream: 'x', step: number, index: 0 }, 12);
  return { x, y: Float32Array.from({ length: 4 }, (_, i) => (x[3 * i] as number) - 2 * (x[3 * i + 1] as number)) };
}

const standard: Plan = {
  steps: 10,
  accumulate: 1,
  maxNorm: null,
  learningRate: 0.1,
  schedule: 'constant',
  warmup: 0,
  ema: null,
  checkpointEvery: 4,
  keep: 10,
};

/** Trains in the folder, from its newest checkpoint if it has one. */
async function train(plan: Partial<Plan> = {}, more: Partial<Job> = {}) {
  const run = await openRun(folder, 10);
  const parameters = parameterBuffer([weights]);
  const learner = await openLearner(parameters, Boolean(plan.ema));
  try {
    const job: Job = { learner, parameters, batch, examplesPerStep: 4, ...more };
    const { status, average } = await fit(run, job, { ...standard, ...plan });
    return { status, average, values: Array.from(parameters.values) };
  } finally {
    await learner.release();
    await closeRun(run, { status: 'stopped' });
  }
}

const records = async (): Promise<Record<string, number>[]> =>
  (await readFile(join(folder, 'metrics.jsonl'), 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const checkpoints = async () => (await runCheckpoints(folder)).all.map(({ manifest }) => manifest.step);

describe.each(Object.entries(learners))('fit, with its state %s', (_where, open) => {
  beforeEach(() => {
    openLearner = open;
  });

  it('descends, with a line of metrics for every step and checkpoints between', async () => {
    const { status, values } = await train({ steps: 60 });
    expect(status).toBe('finished');
    expect(values.map((value) => Math.round(value * 10) / 10 + 0)).toEqual([1, -2, 0]);
    const all = await records();
    expect(all.map((record) => record.step)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    expect(all.at(-1)?.loss).toBeLessThan((all[0]?.loss ?? 0) / 100);
    expect(await checkpoints()).toEqual([4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60].slice(-10));
  });

  it('averages the losses and gradients of its micro-batches', async () => {
    const { values } = await train({ steps: 1, accumulate: 2, learningRate: 1 });
    const batches = await Promise.all([0, 1].map((number) => batch(number)));
    const of = (f: (x: Float32Array, y: Float32Array) => number) =>
      batches.reduce((sum, { x, y }) => sum + f(x, y) / 2, 0);
    const loss = of((_x, y) => y.reduce((sum, value) => sum + value ** 2 / 4, 0));
    expect((await records())[0]?.loss).toBeCloseTo(loss, 5);
    values.forEach((value, k) => {
      const step = of((x, y) => y.reduce((sum, value, i) => sum + (value * (x[3 * i + k] as number)) / 2, 0)); // ½ xᵀy
      expect(value).toBeCloseTo(step, 5);
    });
  });

  it('clips the gradient to its norm', async () => {
    const { values } = await train({ steps: 1, maxNorm: 0.5, learningRate: 1 });
    expect(Math.hypot(...values)).toBeCloseTo(0.5, 4);
    expect((await records())[0]?.gradientNorm).toBeGreaterThan(0.5);
  });

  it('keeps an average that lags behind, also over a resume', async () => {
    const ema = { decay: 0.9 };
    const whole = await train({ ema });
    expect(Array.from(whole.average ?? [])).not.toEqual(whole.values);
    folder = join(await mkdtemp(join(tmpdir(), 'loop-')), 'run');
    await createRun(folder, '');
    const seen: (readonly number[])[] = [];
    const run = async (at: number, weights: Readonly<Record<string, Float32Array>>) => {
      seen.push(Array.from(weights.w ?? []));
      if (at === 5) await askRun(folder, { pause: false, stop: true });
      return null;
    };
    const { status, average } = await train({ ema }, { validation: { due: () => true, run } });
    expect(status).toBe('stopped');
    expect(seen.at(-1)).toEqual(Array.from(average ?? [])); // what the result would be made of
    await clearControl(folder);
    const resumed = await train({ ema });
    expect(resumed).toEqual(whole);
  });
});

describe('validation', () => {
  it('sees the first weights, then those of the steps where it is due, and changes nothing', async () => {
    const seen: [number, number | undefined][] = [];
    const validation: Validation = {
      due: (at) => at % 3 === 0,
      async run(at, weights) {
        seen.push([at, weights.w?.[0]]);
        return at;
      },
    };
    const { values } = await train({}, { validation });
    expect(seen.map(([at]) => at)).toEqual([0, 3, 6, 9]);
    expect(seen[0]).toEqual([0, 0]);
    folder = join(await mkdtemp(join(tmpdir(), 'loop-')), 'run');
    await createRun(folder, '');
    expect((await train()).values).toEqual(values);
  });

  it('is asked once of a step at which the run then stops', async () => {
    const asked: number[] = [];
    const run = async (at: number) => {
      asked.push(at);
      if (at === 4) await askRun(folder, { pause: false, stop: true });
      return 0.5;
    };
    await train({}, { validation: { due: () => true, run } });
    expect(asked).toEqual([0, 1, 2, 3, 4]);
    expect((await runCheckpoints(folder)).all.map(({ manifest }) => manifest.score)).toEqual([0.5]);
    await clearControl(folder);
    await train({}, { validation: { due: () => true, run } });
    expect(asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]); // the first weights are not looked at again
  });
});

describe('a checkpoint', () => {
  it('is only written of parameters that have given a loss that passed inspection', async () => {
    const inspect = (at: number) => {
      if (at === 5) throw new Error('the loss is not a number');
      return undefined;
    };
    await expect(train({ checkpointEvery: 2 }, { inspect })).rejects.toThrow('not a number');
    expect(await checkpoints()).toEqual([2]);
    expect((await records()).map((record) => record.step)).toEqual([1, 2, 3, 4]);
  });

  it('is not written of parameters that are not numbers', async () => {
    await expect(train({ steps: 3, learningRate: 1e38 })).rejects.toThrow(/step \d: .*not.* numbers.*learning rate/);
    expect(await readdir(folder)).not.toContain('checkpoints');
  });
});
