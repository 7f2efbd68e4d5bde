import { add, mul, sub } from '@bradley/graph';
import { sgd } from '../optimizers/sgd.js';
import { optimizerGraph } from './optimizer-graph.js';

/** Stochastic gradient descent with momentum: see `optimizers/sgd.ts`. */
export const sgdGraph = optimizerGraph(sgd, ({ momentum, dampening, weightDecay, nesterov }) => ({
  stateNames: momentum > 0 ? (['b'] as const) : [],
  state: (shape) => (momentum > 0 ? { b: shape } : {}),
  numbers: ({ step, learningRate: rate }) => ({ rate, share: step === 1 ? 1 : 1 - dampening }),
  update(theta, scaled, state, { rate, share }) {
    const g = weightDecay > 0 ? add(scaled, mul(theta, weightDecay)) : scaled;
    if (momentum === 0) return { theta: sub(theta, mul(g, rate)), state: {} };
    const b = add(mul(state.b, momentum), mul(g, share));
    const direction = nesterov ? add(g, mul(b, momentum)) : b;
    return { theta: sub(theta, mul(direction, rate)), state: { b } };
  },
}));
