import { add, input, mul, sum, type Value } from '@bradley/graph';
import { type DeviceName, normal } from '@bradley/runtime';
import { hostLearner, type Learner } from '../learner.js';
import { type OptimizerName, optimizers } from '../optimizers/index.js';
import type { OptimizerKind } from '../optimizers/optimizer.js';
import { type ParameterBuffer, parameterBuffer, viewsOf } from '../parameter-buffer.js';
import { compileStep, type LossGraph } from '../step/compiled-step.js';
import { deviceLearner } from './device-learner.js';
import { optimizerGraphs } from './optimizer-graphs.js';

export type Shapes = Readonly<Record<string, readonly number[]>>;

/** A loss whose gradients are what the batch says: Σ g θ. Its one metric is itself. */
export function givenGradients(shapes: Shapes): LossGraph {
  const trainables = Object.entries(shapes).map(([name, shape]) => ({
    name,
    shape,
    value: input(name, shape),
    initial: { kind: 'zeros' } as const,
  }));
  const terms = trainables.map(({ name, shape, value }) => {
    const product = mul(value, input(feedOf(name), shape));
    return shape.length === 0 ? product : sum(product);
  });
  const loss = terms.reduce((total: Value, term) => add(total, term));
  return { loss, metrics: { same: loss }, trainables };
}

const feedOf = (name: string): string => `gradient of ${name}`;

/** The batch that gives these gradients, laid out flat. */
export function batchOf({ segments }: ParameterBuffer, gradients: Float32Array): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(viewsOf(segments, gradients)).map(([name, g]) => [feedOf(name), g]));
}

/** Parameters that start anywhere, to be moved by gradients that are given. */
export function startingAnywhere(of: LossGraph): ParameterBuffer {
  const parameters = parameterBuffer(of.trainables);
  parameters.values.set(normal({ seed: 1, stream: 'initial', step: 0, index: 0 }, parameters.values.length));
  return parameters;
}

interface Settings {
  readonly optimizer: OptimizerName;
  readonly options: Readonly<Record<string, unknown>>;
  readonly average: boolean;
}

export async function onHost(of: LossGraph, parameters: ParameterBuffer, settings: Settings): Promise<Learner> {
  const kind: OptimizerKind = optimizers[settings.optimizer];
  return hostLearner(
    await compileStep(of, { threads: 1 }),
    parameters,
    kind.create(parameters.segments, settings.options),
    settings,
  );
}

export async function onDevice(
  device: DeviceName,
  of: LossGraph,
  parameters: ParameterBuffer,
  { optimizer, options, average }: Settings,
): Promise<Learner> {
  return deviceLearner(of, parameters, optimizerGraphs[optimizer].create(options), {
    device,
    average,
    recompute: false,
    threads: 1,
  });
}

/** Optimisers with the options that add to their state or their formula. */
export const variants: readonly (readonly [OptimizerName, Readonly<Record<string, unknown>>])[] = [
  ['adamw', {}],
  ['adamw', { amsgrad: true, weightDecay: 0.1 }],
  ['adam', { weightDecay: 0.1 }],
  ['sgd', { weightDecay: 0.1 }],
  ['sgd', { momentum: 0.9, dampening: 0.5 }],
  ['sgd', { momentum: 0.9, nesterov: true }],
  ['adafactor', { weightDecay: 0.1 }],
  ['adafactor', { weightDecay: 0.1, scaleParameter: false }],
];

/** A kernel, a matrix, a vector and a number. */
export const someShapes: Shapes = { kernel: [3, 2, 3, 3], weight: [6, 5], bias: [7], scale: [] };

/** Trains by drawn gradients, two micro-batches a step; gives the loss and the norm of every step. */
export async function trainBy(
  learner: Learner,
  parameters: ParameterBuffer,
  from: number,
  to: number,
): Promise<{ loss: number; norm: number }[]> {
  const seen: { loss: number; norm: number }[] = [];
  for (let step = from; step <= to; step++) {
    let loss = 0;
    for (const index of [0, 1]) {
      const drawn = normal({ seed: 1, stream: 'gradients', step, index }, parameters.values.length);
      const metrics = await learner.accumulate(batchOf(parameters, drawn));
      loss += metrics.loss as number;
    }
    seen.push({ loss, norm: await learner.gradientNorm(0.5) });
    await learner.update({ step, learningRate: 0.01, gradientScale: 0.25 }, 0.8);
  }
  return seen;
}
