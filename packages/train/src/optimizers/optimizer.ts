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

/** An optimiser over flat buffers. One call is one pass over all parameters. */
export interface Optimizer {
  /** Updates `parameters` in place. */
  update(parameters: Float32Array, gradients: Float32Array, update: Update): void;
  /** What a checkpoint must keep, by name. */
  readonly state: Readonly<Record<string, Float32Array>>;
}

/** How an optimiser is made; its options have torch's names and defaults. */
export interface OptimizerKind<Options extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly options: Options;
  readonly create: (segments: readonly Segment[], options: z.infer<Options>) => Optimizer;
}

export function optimizerKind<Options extends z.ZodObject>(kind: OptimizerKind<Options>): OptimizerKind<Options> {
  return kind;
}

/** The number of elements that segments cover. */
export function totalLength(segments: readonly Segment[]): number {
  return segments.reduce((total, { shape }) => total + shape.reduce((product, n) => product * n, 1), 0);
}
