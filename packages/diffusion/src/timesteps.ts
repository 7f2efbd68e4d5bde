import { z } from 'zod';

/**
 * Where a sampler evaluates the network. Lin et al. 2023, arXiv:2305.08891, table 2, names the three spacings of T
 * training timesteps; all lists run from noise to image.
 */
export const spacingFields = {
  timestep_spacing: z.enum(['linspace', 'leading', 'trailing']),
  steps_offset: z.int().min(0).default(0),
};
export type TimestepSpacing = z.output<typeof spacingFields.timestep_spacing>;

export interface SpacingConfig {
  readonly num_train_timesteps: number;
  readonly timestep_spacing: TimestepSpacing;
  readonly steps_offset: number;
}

/** The timesteps of samplers that index the table of ᾱ: integers. */
export function integerTimesteps(config: SpacingConfig, steps: number): number[] {
  return spaced(config, steps).map(roundHalfEven);
}

/** The timesteps of samplers that interpolate σ: linspace keeps its fractions, rounded to float32. */
export function fractionalTimesteps(config: SpacingConfig, steps: number): number[] {
  return spaced(config, steps).map(Math.fround);
}

function spaced(config: SpacingConfig, steps: number): number[] {
  const T = config.num_train_timesteps;
  requireSteps(steps, T);
  switch (config.timestep_spacing) {
    case 'linspace':
      return linspace(0, T - 1, steps).reverse();
    case 'leading':
      return leading(Math.floor(T / steps), steps, config.steps_offset);
    case 'trailing':
      return trailing(T, T / steps);
  }
}

/** offset + ratio · (count − 1), …, offset + ratio, offset */
export function leading(ratio: number, count: number, offset: number): number[] {
  return Array.from({ length: count }, (_, i) => (count - 1 - i) * ratio + offset);
}

/**
 * round(last) − 1, round(last − ratio) − 1, …, above −1. Where float rounding would let diffusers' arange run one past
 * the end (49 steps of 1000), ours ends where it should.
 */
export function trailing(last: number, ratio: number): number[] {
  const count = Math.ceil(last / ratio - 1e-6);
  const delta = last - ratio - last;
  return Array.from({ length: count }, (_, i) => roundHalfEven(last + i * delta) - 1);
}

/** `count` evenly spaced numbers from start to stop, both included. One number is the start alone. */
export function linspace(start: number, stop: number, count: number): number[] {
  const step = count > 1 ? (stop - start) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) => (i > 0 && i === count - 1 ? stop : i * step + start));
}

export function roundHalfEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

export function requireSteps(steps: number, numTrainTimesteps: number): void {
  if (!Number.isInteger(steps) || steps < 1 || steps > numTrainTimesteps) {
    throw new RangeError(
      `The number of sampling steps must be an integer from 1 to num_train_timesteps = ${numTrainTimesteps}, but is ${steps}.`,
    );
  }
}
