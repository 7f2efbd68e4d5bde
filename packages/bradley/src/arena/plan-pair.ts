import { permutation, uniform } from '@bradley/runtime';
import { type Look, lookAxes } from './looks.js';

/** Two pictures to choose between: one drawing of the model, redrawn towards two opposite looks. */
export interface PairPlan {
  readonly prompt: string;
  /** Of the drawing that both are made from, and of the noise that both are redrawn with. */
  readonly seed: number;
  readonly looks: readonly [Look, Look];
}

/**
 * The pair to show for a prompt: a function of prompt and seed alone. Two of the axes of look are drawn, one at its full, one at
 * 0.6, each with a sign of its own; the second picture has the opposite signs. Two drawings of other seeds alone are nearly the same
 * picture, and thirty choices among such say nothing that can be learnt: docs/taste.md has the measurements.
 */
export function planPair(prompt: string, seed: number): PairPlan {
  const key = { seed, stream: `pair/${prompt}`, step: 0 };
  const [strong = 0, weak = 0] = permutation({ ...key, index: 0 }, lookAxes.length);
  const signs = [...uniform({ ...key, index: 1 }, 2)].map((u) => (u < 0.5 ? -1 : 1));
  const look = (side: 1 | -1): Look => ({
    warm: 0,
    light: 0,
    vivid: 0,
    [lookAxes[strong] as string]: side * (signs[0] as number),
    [lookAxes[weak] as string]: side * 0.6 * (signs[1] as number),
  });
  return { prompt, seed, looks: [look(1), look(-1)] };
}
