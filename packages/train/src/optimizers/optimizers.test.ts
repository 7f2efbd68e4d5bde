import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readSafetensors, type Tensor, toFloat32 } from '@bradley/formats';
import { normal } from '@bradley/runtime';
import { describe, expect, it } from 'vitest';
import { clipFactor, globalNorm } from '../clip.js';
import { type EmaOptions, emaDecay, updateAverage } from '../ema.js';
import { learningRateFactor, scheduleNames } from '../learning-rate.js';
import type { Segment } from '../parameter-buffer.js';
import { type OptimizerName, optimizerNames, optimizers } from './index.js';
import type { Optimizer, OptimizerKind } from './optimizer.js';

/** One comparison of a case: max|a − b| / max|b|. */
interface ParityRun {
  name: string;
  error: number;
  tolerance: number;
}

type Params = Record<string, unknown>;
interface Case {
  tolerance: { out_rel: number };
  runs: Record<string, Params & { lr: number }>;
  lr: { warmup: number; total: number };
  ema: Record<string, EmaParams>;
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

describe('optim of torch, transformers and diffusers', async () => {
  const path = (extension: string) => fileURLToPath(new URL(`../../../../fixtures/optim${extension}`, import.meta.url));
  const json = JSON.parse(await readFile(path('.json'), 'utf8')) as Case;
  const { tensors } = await readSafetensors(path('.io.safetensors'));
  const results = [...optimRuns(json, tensors)];

  it.each(results)('matches $name', ({ error, tolerance }) => {
    expect(error).toBeLessThanOrEqual(tolerance);
  });

  it('leaves no stored output unchecked', () => {
    const checked = new Set(results.map(({ name }) => name));
    expect([...tensors.keys()].filter((key) => !key.startsWith('in.') && !checked.has(key))).toEqual([]);
  });
});

/** Case optim: five steps of each optimiser, clipping, the schedules and the decay of the average. */
function* optimRuns({ tolerance, runs, lr, ema }: Case, io: Tensors): Generator<ParityRun> {
  const compare = (name: string, actual: ArrayLike<number>) => compareWith(io, name, actual, tolerance.out_rel);
  const names = [...io.keys()].filter((key) => key.startsWith('in.p0.')).map((key) => key.slice('in.p0.'.length));
  const segments = layOut(names.map((name) => ({ name, shape: io.get(`in.p0.${name}`)?.shape ?? [] })));
  const flat = (prefix: string) => Float32Array.from(names.flatMap((name) => [...floats(io, `${prefix}.${name}`)]));
  const slice = (buffer: Float32Array, { offset, shape }: Segment) => buffer.slice(offset, offset + count(shape));

  for (const [run, { lr: learningRate, ...params }] of Object.entries(runs)) {
    const kind: OptimizerKind = optimizers[optimizerOf(run)];
    const optimizer = kind.create(segments, camelCased(params));
    const parameters = flat('in.p0');
    for (let step = 1; io.has(`${run}.p.${step - 1}.${names[0]}`); step++) {
      optimizer.update(parameters, flat(`in.g.${step - 1}`), { step, learningRate, gradientScale: 1 });
      for (const segment of segments) yield compare(`${run}.p.${step - 1}.${segment.name}`, slice(parameters, segment));
    }
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

function compareWith(io: Tensors, name: string, actual: ArrayLike<number>, tolerance: number): ParityRun {
  const expected = floats(io, name);
  if (actual.length !== expected.length) return { name, error: Infinity, tolerance };
  const scale = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0) || 1;
  const error = expected.reduce((max, value, i) => Math.max(max, Math.abs((actual[i] as number) - value)), 0) / scale;
  return { name, error, tolerance };
}

function floats(io: Tensors, name: string): Float32Array {
  const tensor = io.get(name);
  if (!tensor) throw new Error(`the case has no tensor ${name}`);
  return toFloat32(tensor);
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

const shapes = layOut([
  { name: 'weight', shape: [6, 5] },
  { name: 'bias', shape: [7] },
  { name: 'kernel', shape: [3, 2, 3, 3] },
  { name: 'scale', shape: [] },
]);
const total = 30 + 7 + 54 + 1;
const gradientsOf = (step: number) => normal({ seed: 1, stream: 'gradients', step, index: 0 }, total);

/** Every option that adds state is on. */
const fullest: Record<OptimizerName, Params> = {
  adamw: { amsgrad: true },
  adam: { weightDecay: 0.1 },
  sgd: { momentum: 0.9, weightDecay: 0.1, dampening: 0.5 },
  adafactor: { weightDecay: 0.1 },
};

describe.each(optimizerNames)('%s', (name) => {
  const kind: OptimizerKind = optimizers[name];
  const create = () => kind.create(shapes, fullest[name]);
  function train(optimizer: Optimizer, parameters: Float32Array, from: number, to: number): Float32Array {
    for (let step = from; step <= to; step++)
      optimizer.update(parameters, gradientsOf(step), { step, learningRate: 0.01, gradientScale: 0.5 });
    return parameters;
  }
  const initial = () => normal({ seed: 1, stream: 'initial', step: 0, index: 0 }, total);

  it('resumes bit for bit from its state', () => {
    const uninterrupted = train(create(), initial(), 1, 6);
    const before = create();
    const parameters = train(before, initial(), 1, 3);
    const after = create();
    for (const [key, values] of Object.entries(before.state)) after.state[key]?.set(values);
    expect(train(after, parameters, 4, 6)).toEqual(uninterrupted);
  });

  it('takes scaled gradients as gradients that were scaled', () => {
    const update = { step: 1, learningRate: 0.01 };
    const [fused, scaledFirst] = [initial(), initial()];
    create().update(fused, gradientsOf(1), { ...update, gradientScale: 0.25 });
    create().update(
      scaledFirst,
      gradientsOf(1).map((g) => g * 0.25),
      { ...update, gradientScale: 1 },
    );
    expect(fused).toEqual(scaledFirst);
  });

  it('goes downhill on a bowl', () => {
    const optimizer = kind.create(shapes, {});
    const parameters = initial();
    const start = globalNorm(parameters);
    for (let step = 1; step <= 500; step++)
      optimizer.update(parameters, parameters.slice(), { step, learningRate: 0.01, gradientScale: 1 });
    expect(globalNorm(parameters)).toBeLessThan(0.5 * start);
  });

  it('refuses an option that it cannot use', () => {
    expect(() => kind.create(shapes, { weightDecay: -1 })).toThrow('weightDecay');
  });
});

it('refuses nesterov without momentum', () => {
  expect(() => optimizers.sgd.create(shapes, { nesterov: true })).toThrow('needs a momentum above 0');
});

it('sums the norm of any length', () => {
  for (const n of [0, 1, 3, 4, 5, 9]) expect(globalNorm(new Float32Array(n).fill(2), 0.5)).toBeCloseTo(Math.sqrt(n));
});

it('does not clip gradients that are short enough', () => {
  expect(clipFactor(0.5, 1)).toBe(1);
  expect(clipFactor(2, 1)).toBeCloseTo(0.5);
});

it('averages parameters by the decay', () => {
  const average = Float32Array.of(1, 2);
  updateAverage(average, Float32Array.of(3, 4), 0.75);
  expect([...average]).toEqual([1.5, 2.5]);
});
