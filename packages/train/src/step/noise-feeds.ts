import { type NoiseSchedule, type TimestepRule, trainingTimesteps } from '@bradley/diffusion';
import { normal } from '@bradley/runtime';

export interface NoiseDraw {
  readonly seed: number;
  /** Number of the micro-batch: the draw is a function of seed and step alone. */
  readonly step: number;
  readonly pairs: number;
  /** Elements of one latent, C · H · W. */
  readonly elements: number;
  readonly rule?: TimestepRule;
}

/** The `noise`, `timesteps`, `signal` and `spread` of a batch: see `denoisingLoss`. One draw per pair. */
export function noiseFeeds(
  { alphasCumprod }: NoiseSchedule,
  { seed, step, pairs, elements, rule = 'uniform' }: NoiseDraw,
): Record<'noise' | 'timesteps' | 'signal' | 'spread', Float32Array> {
  const timesteps = Float32Array.from(trainingTimesteps(rule, { seed, step, index: 0 }, pairs, alphasCumprod.length));
  return {
    noise: normal({ seed, stream: 'noise', step, index: 0 }, pairs * elements),
    timesteps,
    signal: timesteps.map((t) => Math.sqrt(alphasCumprod[t] as number)),
    spread: timesteps.map((t) => Math.sqrt(1 - (alphasCumprod[t] as number))),
  };
}
