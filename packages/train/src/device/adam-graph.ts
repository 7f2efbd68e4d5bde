import { add, div, greater, mul, sqrt, square, sub, where } from '@bradley/graph';
import type { z } from 'zod';
import { adam, adamw, coefficients } from '../optimizers/adamw.js';
import { type OptimizerGraph, optimizerGraph } from './optimizer-graph.js';

type State = 'm' | 'v' | 'vMax';
type Numbers = 'rate' | 'floor' | 'decay';

/** AdamW: see `optimizers/adamw.ts`. */
export const adamwGraph = optimizerGraph(adamw, (options) => adamRule(options, 'decoupled'));

/** Adam with L2 regularisation: see `optimizers/adamw.ts`. */
export const adamGraph = optimizerGraph(adam, (options) => adamRule(options, 'l2'));

function adamRule(options: z.output<typeof adamw.options>, decay: 'decoupled' | 'l2'): OptimizerGraph<State, Numbers> {
  const { betas, weightDecay, amsgrad } = options;
  const [beta1, beta2] = betas;
  return {
    stateNames: amsgrad ? ['m', 'v', 'vMax'] : ['m', 'v'],
    state: (shape) => ({ m: shape, v: shape, ...(amsgrad ? { vMax: shape } : {}) }),
    numbers(update) {
      const { rate, floor } = coefficients(options, update);
      return { rate, floor, decay: update.learningRate * weightDecay };
    },
    update(theta, scaled, state, { rate, floor, decay: share }) {
      const g = decay === 'l2' && weightDecay > 0 ? add(scaled, mul(theta, weightDecay)) : scaled;
      const m = add(mul(state.m, beta1), mul(g, 1 - beta1));
      const v = add(mul(state.v, beta2), mul(square(g), 1 - beta2));
      const vMax = amsgrad ? where(greater(v, state.vMax), v, state.vMax) : v;
      const step = div(mul(m, rate), add(sqrt(vMax), floor));
      const change = decay === 'decoupled' && weightDecay > 0 ? add(step, mul(theta, share)) : step;
      return { theta: sub(theta, change), state: amsgrad ? { m, v, vMax } : { m, v } };
    },
  };
}
