import type { z } from 'zod';
import type { Segment } from '../parameter-buffer.js';

/** What one update needs besides the gradients. */
export interface Update {
  /** 1 for the first. */
  readonly step: number;
  readonly learningRate: number;
  /** Factor on every gradient: one over the micro-batches, times the clip. */
  readonly gradientScale: number;
}

/**
 * An optimiser over flat buffers. One call is one pass over all parameters, in float64 arithmetic on float32 numbers, so that
 * the same state and gradients give the same bits.
 */
export interface Optimizer {
  /** Updates `parameters` in place. */
  update(parameters: Float32Array, gradients: Float32Array, update: Update): void;
  /** What a checkpoint must keep, by name: written into to resume, read to save. The count of steps is the caller's. */
  readonly state: Readonly<Record<string, Float32Array>>;
}

/** How an optimiser is made; its options have torch's meanings and defaults, in camel case. */
export interface OptimizerKind<Options extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly options: Options;
  /** Throws a ZodError that names every bad option. */
  create(segments: readonly Segment[], options: z.input<Options>): Optimizer;
}

export function optimizerKind<Options extends z.ZodObject>(kind: {
  readonly name: string;
  readonly options: Options;
  readonly create: (segments: readonly Segment[], options: z.output<Options>) => Optimizer;
}): OptimizerKind<Options> {
  return { ...kind, create: (segments, options) => kind.create(segments, kind.options.parse(options)) };
}

/** The number of elements that segments cover. */
export function totalLength(segments: readonly Segment[]): number {
  return segments.reduce((total, { shape }) => total + shape.reduce((product, n) => product * n, 1), 0);
}
