import { integers, type RandomKey } from '@bradley/runtime';
import { type NoiseSchedule, noiseSchedule } from './noise-schedule.js';

/**
 * Which timesteps a model is trained at. The rules of the Diffusion-DPO authors' train.py: every timestep alike; t mod 200
 * for the SDXL refiner, which only sees the last fifth of the noise; and the four timesteps of a 4-step turbo model, on a
 * schedule whose last timestep is pure noise.
 */
const rules = {
  uniform: { numTrainTimesteps: undefined, zeroTerminalSnr: false, map: (t: number) => t },
  refiner: { numTrainTimesteps: 1000, zeroTerminalSnr: false, map: (t: number) => t % 200 },
  turbo: { numTrainTimesteps: 1000, zeroTerminalSnr: true, map: (t: number) => 250 * (t % 4) + 249 },
};
export type TimestepRule = keyof typeof rules;
export const timestepRules = Object.keys(rules) as TimestepRule[];

/** The schedule that a model is trained on under a rule, from its scheduler_config.json. */
export function trainingSchedule(rule: TimestepRule, config: Parameters<typeof noiseSchedule>[0]): NoiseSchedule {
  return noiseSchedule(rules[rule].zeroTerminalSnr ? { ...config, rescale_betas_zero_snr: true } : config);
}

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
