import { normal } from '@bradley/runtime';
import { describe, expect, it } from 'vitest';
import { clipFactor, globalNorm } from '../clip.js';
import { updateAverage } from '../ema.js';
import type { Segment } from '../parameter-buffer.js';
import { type OptimizerName, optimizerNames, optimizers } from './index.js';
import type { Optimizer, OptimizerKind } from './optimizer.js';

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
const fullest: Record<OptimizerName, Record<string, unknown>> = {
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

it('is the Adafactor that Diffusion-DPO was trained with, when the size of a tensor is left out', () => {
  // transformers 5.18, optimization.Adafactor(lr=0.1, scale_parameter=False, relative_step=False, weight_decay=0.01), 3 steps.
  const weight = { name: 'weight', shape: [2, 3] };
  const segments = layOut([weight, { name: 'bias', shape: [2] }]);
  const optimizer = optimizers.adafactor.create(segments, {
    scaleParameter: false,
    weightDecay: 0.01,
    eps: [1e-30, 1e-3],
  });
  const parameters = Float32Array.of(1, -2, 3, 0.5, 0.25, -1, 2, -1);
  for (let step = 1; step <= 3; step++) {
    const bias = [0.01, -2].map((g) => (step % 2 ? g : -g));
    const gradients = [0.1, -0.2, 0.3, 0.4, 0.5, -0.6].map((g) => g * step ** 2);
    optimizer.update(parameters, Float32Array.from([...gradients, ...bias]), {
      step,
      learningRate: 0.1,
      gradientScale: 1,
    });
  }
  const expected = [0.80797493, -1.7045505, 2.6424584, 0.1760941, -0.05930985, -0.69975805, 1.8941058, -0.8971029];
  parameters.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] as number, 5);
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
