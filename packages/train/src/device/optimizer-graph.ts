import type { Shape, Value } from '@bradley/graph';
import type { z } from 'zod';
import type { OptimizerKind, Update } from '../optimizers/optimizer.js';

/**
 * An optimiser as a graph, for state that is kept on a device: the formula of its namesake in `optimizers/`, one tensor at a
 * time, with the same state under the same names, so that a checkpoint of the one is a checkpoint of the other.
 */
export interface OptimizerGraph<State extends string = string, Numbers extends string = string> {
  /** All names of state, whether a tensor has it or not. */
  readonly stateNames: readonly State[];
  /** The state of a tensor of this shape. */
  state(shape: Shape): { readonly [name in State]?: Shape };
  /** The numbers that change from step to step: computed on the host, in float64, and fed. */
  numbers(update: Update): Readonly<Record<Numbers, number>>;
  /**
   * θ by its scaled gradient g. Numbers are differences from θ, never factors on it: 1 − 10⁻⁸ is no float32.
   */
  update(
    theta: Value,
    g: Value,
    state: Readonly<Record<State, Value>>,
    numbers: Readonly<Record<Numbers, Value>>,
  ): { readonly theta: Value; readonly state: { readonly [name in State]?: Value } };
}

/** How such a graph is made of the options of its namesake. */
export interface OptimizerGraphKind {
  create(options: Readonly<Record<string, unknown>>): OptimizerGraph;
}

/** @param kind the namesake, whose schema checks the options */
export function optimizerGraph<Options extends z.ZodObject, State extends string, Numbers extends string>(
  kind: OptimizerKind<Options>,
  create: (options: z.output<Options>) => OptimizerGraph<State, Numbers>,
): OptimizerGraphKind {
  return { create: (options) => create(kind.options.parse(options)) as OptimizerGraph };
}
