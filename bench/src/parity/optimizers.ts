import type { Tensor } from '@bradley/formats';
import { add, input, mul, sum } from '@bradley/graph';
import type { DeviceName } from '@bradley/runtime';
import {
  clipFactor,
  type EmaOptions,
  emaDecay,
  globalNorm,
  type LossGraph,
  learningRateFactor,
  type OptimizerName,
  openLearner,
  optimizerNames,
  parameterBuffer,
  type Segment,
  scheduleNames,
} from '@bradley/train';
import { type Case, floats, grouped, type Part, type RunResult, readPart, relativeError } from './case.js';

type Params = Record<string, unknown>;
interface Optim {
  readonly tolerance: { readonly out_rel: number };
  readonly runs: Record<string, Params & { lr: number }>;
  readonly lr: { readonly warmup: number; readonly total: number };
  readonly ema: Record<string, EmaParams>;
}
interface EmaParams {
  decay: number;
  use_ema_warmup: boolean;
  min_decay?: number;
  update_after_step?: number;
  inv_gamma?: number;
  power?: number;
}
type Tensors = Map<string, Tensor>;

/** A line per optimiser run, and one each for clipping, every schedule and every average. */
export async function optimCase(of: Case): Promise<RunResult[]> {
  const parts: Part[] = [];
  for await (const part of optimRuns(of.json as unknown as Optim, await readPart(of, 'io'), of.device))
    parts.push(part);
  return grouped(of.name, parts, (part) =>
    part
      .split('.')
      .slice(0, /^(lr|ema)\./.test(part) ? 2 : 1)
      .join('.'),
  );
}

/** Case optim: five steps of each optimiser, clipping, the schedules and the decay of the average. */
async function* optimRuns({ tolerance, runs, lr, ema }: Optim, io: Tensors, device: DeviceName): AsyncGenerator<Part> {
  const compare = (at: string, actual: ArrayLike<number>): Part => ({
    at,
    error: relativeError(actual, floats(io, at)),
    tolerance: tolerance.out_rel,
  });
  const names = [...io.keys()].filter((key) => key.startsWith('in.p0.')).map((key) => key.slice('in.p0.'.length));
  const segments = layOut(names.map((name) => ({ name, shape: io.get(`in.p0.${name}`)?.shape ?? [] })));
  const lossGraph = givenGradients(segments);
  const flat = (prefix: string) => Float32Array.from(names.flatMap((name) => [...floats(io, `${prefix}.${name}`)]));
  const slice = (buffer: Float32Array, { offset, shape }: Segment) => buffer.slice(offset, offset + count(shape));

  for (const [run, { lr: learningRate, ...params }] of Object.entries(runs)) {
    const parameters = parameterBuffer(lossGraph.trainables, flat('in.p0'));
    const learner = await openLearner(lossGraph, parameters, {
      optimizer: optimizerOf(run),
      optimizerOptions: camelCased(params),
      average: false,
      device,
    });
    for (let step = 1; io.has(`${run}.p.${step - 1}.${names[0]}`); step++) {
      const given = Object.fromEntries(names.map((name) => [`g.${name}`, floats(io, `in.g.${step - 1}.${name}`)]));
      await learner.accumulate(given);
      await learner.update({ step, learningRate, gradientScale: 1 }, 0);
      const { parameters: values } = await learner.read();
      for (const segment of segments) yield compare(`${run}.p.${step - 1}.${segment.name}`, slice(values, segment));
    }
    await learner.release();
  }

  const gradients = flat('in.g.0');
  const norm = globalNorm(gradients);
  yield compare('clip.norm', [norm]);
  const clipped = gradients.map((g) => g * clipFactor(norm, 1));
  for (const segment of segments) yield compare(`clip.g.${segment.name}`, slice(clipped, segment));

  for (const name of scheduleNames) {
    const steps = Array.from({ length: count(io.get(`lr.${name}`)?.shape ?? []) }, (_, step) => step);
    yield compare(
      `lr.${name}`,
      steps.map((step) => learningRateFactor(name, step, lr)),
    );
  }
  for (const [name, params] of Object.entries(ema)) {
    const steps = Array.from({ length: count(io.get(`ema.${name}.decay`)?.shape ?? []) }, (_, k) => k + 1);
    yield compare(
      `ema.${name}.decay`,
      steps.map((step) => emaDecay(step, emaOptions(params))),
    );
  }
}

/** A loss whose gradients are what is fed: Σ g θ. */
function givenGradients(segments: readonly Segment[]): LossGraph {
  const trainables = segments.map(({ name, shape }) => ({
    name,
    shape,
    value: input(name, shape),
    initial: { kind: 'zeros' } as const,
  }));
  const terms = trainables.map(({ name, shape, value }) => sum(mul(value, input(`g.${name}`, shape))));
  return { loss: terms.reduce((total, term) => add(total, term)), metrics: {}, trainables };
}

/** Runs are named <optimiser>, or <optimiser>_<variant>. */
function optimizerOf(run: string): OptimizerName {
  const name = optimizerNames.find((candidate) => run === candidate || run.startsWith(`${candidate}_`));
  if (!name) throw new Error(`the run ${run} names none of ${optimizerNames.join(', ')}`);
  return name;
}

function camelCased(params: Params): Params {
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => [
      key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

function emaOptions({ decay, use_ema_warmup, min_decay, update_after_step, inv_gamma, power }: EmaParams): EmaOptions {
  return {
    decay,
    minDecay: min_decay ?? 0,
    updateAfterStep: update_after_step ?? 0,
    ...(use_ema_warmup && { warmup: { inverseGamma: inv_gamma ?? 1, power: power ?? 2 / 3 } }),
  };
}

function layOut(tensors: readonly { name: string; shape: readonly number[] }[]): Segment[] {
  let offset = 0;
  return tensors.map(({ name, shape }) => {
    const segment = { name, offset, shape };
    offset += count(shape);
    return segment;
  });
}

const count = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
