import { type NoiseSchedule, type TimestepRule, trainingTimesteps } from '@bradley/diffusion';
import { normal } from '@bradley/runtime';

export interface NoiseDraw {
  readonly seed: number;
  /** Number of the micro-batch: the draw is a function of seed, step and name alone. */
  readonly step: number;
  /** Names a draw that is not a micro-batch's but, say, a group's. */
  readonly of?: string;
  /** Groups that each get one draw. */
  readonly batch: number;
  /** Elements of one latent, C · H · W. */
  readonly elements: number;
  readonly rule?: TimestepRule;
}

/** The `noise`, `timesteps`, `signal` and `spread` of a batch: see `denoisingLoss`. One draw per group. */
export function noiseFeeds(
  { alphasCumprod }: NoiseSchedule,
  { seed, step, of, batch, elements, rule = 'uniform' }: NoiseDraw,
): Record<'noise' | 'timesteps' | 'signal' | 'spread', Float32Array> {
  const key = (name: string) => ({ seed, stream: streamOf(name, of), step, index: 0 });
  const timesteps = Float32Array.from(trainingTimesteps(rule, key('timesteps'), batch, alphasCumprod.length));
  return {
    noise: normal(key('noise'), batch * elements),
    timesteps,
    signal: timesteps.map((t) => Math.sqrt(alphasCumprod[t] as number)),
    spread: timesteps.map((t) => Math.sqrt(1 - (alphasCumprod[t] as number))),
  };
}

/** Noise of a side of its own, where the sides of a group do not share it; side 0 has that of `noiseFeeds`. */
export const sideNoise = (
  { seed, step, of }: Pick<NoiseDraw, 'seed' | 'step' | 'of'>,
  side: number,
  count: number,
): Float32Array => normal({ seed, stream: streamOf('noise', of), step, index: side }, count);

/** The stream of a draw: its purpose, and whose it is if not a micro-batch's. */
export const streamOf = (purpose: string, of: string | undefined): string =>
  of === undefined ? purpose : `${purpose}/${of}`;
