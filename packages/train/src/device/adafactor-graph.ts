import { add, div, greater, mean, mul, sqrt, square, sub, unsqueeze, type Value, where } from '@bradley/graph';
import { adafactor } from '../optimizers/adafactor.js';
import { optimizerGraph } from './optimizer-graph.js';

/** Adafactor: see `optimizers/adafactor.ts`. Matrices are the last two axes; what has fewer keeps v whole. */
export const adafactorGraph = optimizerGraph(
  adafactor,
  ({ beta2Decay, eps: [eps1, eps2], d, weightDecay, scaleParameter }) => ({
    stateNames: ['rows', 'columns', 'whole'] as const,
    state: (shape) =>
      shape.length > 1
        ? { rows: shape.slice(0, -1), columns: [...shape.slice(0, -2), ...shape.slice(-1)] }
        : { whole: shape },
    numbers: ({ step, learningRate }) => ({
      share: step ** beta2Decay,
      relativeRate: scaleParameter ? Math.min(learningRate, 1 / Math.sqrt(step)) : learningRate,
      decay: learningRate * weightDecay,
    }),
    update(theta, g, state, { share, relativeRate, decay }) {
      const follow = (old: Value, now: Value): Value => add(old, mul(share, sub(now, old)));
      const squared = square(g);
      const factored = theta.shape.length > 1;
      const next = factored
        ? { rows: follow(state.rows, mean(squared, [-1])), columns: follow(state.columns, mean(squared, [-2])) }
        : { whole: follow(state.whole, squared) };
      const u = div(g, atLeast(rootOf(next), eps1));
      const rate = scaleParameter ? mul(atLeast(rootMeanSquare(theta), eps2), relativeRate) : relativeRate;
      const change = mul(u, div(rate, atLeast(mul(rootMeanSquare(u), 1 / d), 1)));
      return { theta: sub(theta, weightDecay > 0 ? add(change, mul(theta, decay)) : change), state: next };

      /** √v̂, v̂ = r cᵀ / mean(r) */
      function rootOf(of: typeof next): Value {
        if ('whole' in of) return sqrt(of.whole);
        const ofRow = sqrt(div(of.rows, atLeast(mean(of.rows, [-1], { keepdims: true }), eps1)));
        return mul(unsqueeze(ofRow, [-1]), unsqueeze(sqrt(of.columns), [-2]));
      }
    },
  }),
);

const atLeast = (x: Value, least: number): Value => where(greater(x, least), x, least);

/** √ of the mean square of all elements. */
const rootMeanSquare = (x: Value): Value => sqrt(x.shape.length === 0 ? square(x) : mean(square(x)));
