import { integers, type RandomKey } from '@bradley/runtime';

/**
 * Which timesteps a model is trained at. The rules of the Diffusion-DPO authors' train.py: every timestep alike; t mod 200
 * for the SDXL refiner, which only sees the last fifth of the noise; and the four timesteps of a 4-step turbo model.
 */
const rules = {
  uniform: { numTrainTimesteps: undefined, map: (t: number) => t },
  refiner: { numTrainTimesteps: 1000, map: (t: number) => t % 200 },
  turbo: { numTrainTimesteps: 1000, map: (t: number) => 250 * (t % 4) + 249 },
};
export type TimestepRule = keyof typeof rules;
export const timestepRules = Object.keys(rules) as TimestepRule[];

/** One timestep per pair, (count,): the chosen and the rejected sample of a pair share theirs. */
export function trainingTimesteps(
  rule: TimestepRule,
  key: Omit<RandomKey, 'stream'> & { readonly stream?: string },
  count: number,
  numTrainTimesteps = 1000,
): Int32Array {
  const { numTrainTimesteps: needed, map } = rules[rule];
  if (needed !== undefined && needed !== numTrainTimesteps) {
    throw new RangeError(
      `The timestep rule '${rule}' is defined for ${needed} training timesteps, but the noise schedule has ` +
        `${numTrainTimesteps}. Use 'uniform'.`,
    );
  }
  return Int32Array.from(integers({ stream: 'timesteps', ...key }, count, numTrainTimesteps), map);
}
