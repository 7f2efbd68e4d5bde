import {
  add,
  div,
  exp,
  greater,
  less,
  log,
  logSigmoid,
  mean,
  mul,
  neg,
  square,
  sub,
  type Value,
  where,
} from '@bradley/graph';
import { z } from 'zod';
import { meanSquaredError, shareAboveZero } from './errors.js';
import { type DenoisingPair, objective } from './objective.js';

/**
 * MaPO as its authors released it (June 2024). Hong et al., arXiv:2406.06424v1; mapo-t2i/mapo, utils.compute_loss.
 *   s(m) = c·m / (e^{c·m} − 1),  margin = s(mʷ) − s(mˡ),  ℒ = mean mʷ − β · mean log σ(T · margin)
 * m is the mean squared error of a side, c the constant `snrValue`, T the number of training timesteps. No reference model.
 */
export const mapo = objective({
  name: 'mapo',
  needs: { prediction: 'denoising', group: 'pair', reference: false },
  usesTies: false,
  options: z.object({
    beta: z.number().positive().default(0.1).describe('weight of the margin term'),
    snrValue: z.number().positive().default(0.5).describe('the constant c that stands for the signal-to-noise weight'),
    timesteps: z.number().int().positive().default(1000).describe('T, the number of training timesteps'),
  }),
  loss(pair: DenoisingPair, { beta, snrValue, timesteps }) {
    const { chosen, rejected } = errors(pair);
    const margin = sub(score(mul(snrValue, chosen)), score(mul(snrValue, rejected))); // (B)
    const ratio = logSigmoid(mul(timesteps, margin));
    return {
      loss: sub(mean(chosen), mul(beta, mean(ratio))),
      metrics: {
        implicitAccuracy: shareAboveZero(margin),
        margin: mean(margin),
        chosenError: mean(chosen),
        rejectedError: mean(rejected),
        ratioLoss: mul(-beta, mean(ratio)),
      },
    };
  },
});

/**
 * MaPO as published later (December 2025). arXiv:2406.06424v2, eq. 9–11.
 *   φ(m) = (m / (e^m − 1))^β,  ℒ = mean[ mʷ − (1/β) · log σ(φ(mʷ) − φ(mˡ)) ]
 * No T and no c; β is an exponent inside and a divisor outside. Its β for general preference is not published; 128 is the
 * low end of the range they ablate for personalisation. Checked against hand-computed numbers only.
 */
export const mapoV2 = objective({
  name: 'mapo-v2',
  needs: { prediction: 'denoising', group: 'pair', reference: false },
  usesTies: false,
  options: z.object({
    beta: z.number().positive().default(128).describe('exponent of the score, and divisor of the margin term'),
  }),
  loss(pair: DenoisingPair, { beta }) {
    const { chosen, rejected } = errors(pair);
    const phi = (m: Value): Value => exp(mul(beta, logScore(m)));
    const margin = sub(phi(chosen), phi(rejected)); // (B)
    const marginLoss = neg(mean(logSigmoid(margin)));
    return {
      loss: add(mean(chosen), div(marginLoss, beta)),
      metrics: {
        implicitAccuracy: shareAboveZero(margin),
        margin: mean(margin),
        chosenError: mean(chosen),
        rejectedError: mean(rejected),
        marginLoss,
      },
    };
  },
});

/**
 * u / (e^u − 1) for u ≥ 0, 1 at 0. In float32 as the authors compute it: their quotient rounds e^u before the 1 is taken off,
 * and T = 1000 lifts that rounding into the fourth digit of the loss, so an exact quotient would not reproduce their numbers.
 * From u = 80 on it stays at 1e-33: e^u would overflow at 89, and the gradient would not be a number.
 */
function score(u: Value): Value {
  const tiny = less(u, 1e-4);
  const bounded = where(tiny, 1, where(greater(u, 80), 80, u));
  const quotient = div(bounded, sub(exp(bounded), 1));
  return where(tiny, add(sub(1, mul(0.5, u)), mul(1 / 12, square(u))), quotient);
}

/**
 * log(u / (e^u − 1)) for u ≥ 0, to the last digits of float32, since β multiplies it: log u − u − log(1 − e^−u), and below ½ the
 * series −u/2 − u²/24 + u⁴/2880.
 */
function logScore(u: Value): Value {
  const small = less(u, 0.5);
  const large = where(small, 1, u);
  const [near, squared] = [where(small, u, 0), square(where(small, u, 0))];
  const series = sub(mul(squared, sub(mul(1 / 2880, squared), 1 / 24)), mul(0.5, near));
  return where(small, series, sub(sub(log(large), large), log(sub(1, exp(neg(large))))));
}

function errors({ chosen, rejected }: DenoisingPair): { chosen: Value; rejected: Value } {
  return {
    chosen: meanSquaredError(chosen.policy, chosen.target),
    rejected: meanSquaredError(rejected.policy, rejected.target),
  };
}
