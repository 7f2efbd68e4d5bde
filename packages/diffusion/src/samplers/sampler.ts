import type { z } from 'zod';

/**
 * The walk from noise to image of one trajectory. For i = 0, 1, …, timesteps.length − 1 the caller evaluates the network on
 * `scaleInput(x, i)` at `timesteps[i]` and sets x = `step(output, i, x)`; a second-order method lists every evaluation.
 * Tensors are flat and of any shape, a batch included. Samplers that use earlier outputs remember them, so steps go in order;
 * i = 0 begins anew.
 */
export interface Sampler {
  /** Of every network evaluation, from noise to image. */
  readonly timesteps: readonly number[];
  /** The noise levels of samplers that work in σ, one more than there are timesteps (Heun: as its evaluations use them). */
  readonly sigmas?: Float32Array;
  /** The standard deviation of the noise to begin with. */
  readonly initNoiseSigma: number;
  /** The network's input at evaluation i. */
  scaleInput(x: Float32Array, i: number): Float32Array;
  /** The image that the output of evaluation i predicts, clipped where the sampler clips: for previews. */
  predictX0(modelOutput: Float32Array, i: number, x: Float32Array): Float32Array;
  /** The standard deviation of the fresh noise that step i adds; 0 where it adds none. */
  noiseStd(i: number): number;
  /** x after evaluation i. `noise` is N(0, 1) of x's shape, needed where `noiseStd(i)` > 0. */
  step(modelOutput: Float32Array, i: number, x: Float32Array, noise?: Float32Array): Float32Array;
}

/** A sampler's row in the table: its name, its class in diffusers, the keys of scheduler_config.json it reads. */
export interface SamplerKind<Schema extends z.ZodObject = z.ZodObject> {
  readonly className: string;
  readonly config: Schema;
  create(config: z.output<Schema>, steps: number): Sampler;
}

export function samplerKind<Schema extends z.ZodObject>(kind: SamplerKind<Schema>): SamplerKind<Schema> {
  return kind;
}

/** mean + std · noise; the noise may be left out only where nothing is added. */
export function addStepNoise(
  mean: Float32Array,
  std: number,
  noise: Float32Array | undefined,
  i: number,
): Float32Array {
  if (std === 0) return mean;
  if (noise?.length !== mean.length) {
    throw new RangeError(
      `Step ${i} adds noise of standard deviation ${std} and needs ${mean.length} numbers of N(0, 1) as its fourth ` +
        `argument, but got ${noise?.length ?? 'none'}.`,
    );
  }
  return mean.map((value, j) => value + std * (noise[j] as number));
}

/** Refuses steps out of order: for samplers that use earlier outputs. */
export function stepsInOrder(): (i: number) => void {
  let next = 0;
  return (i) => {
    if (i !== 0 && i !== next) {
      throw new RangeError(`This sampler uses earlier outputs: after step ${next - 1} comes ${next} or 0, not ${i}.`);
    }
    next = i + 1;
  };
}

/** Samplers in ᾱ feed x as it is. */
export const unscaled = (x: Float32Array): Float32Array => x;
export const noNoise = (): number => 0;
