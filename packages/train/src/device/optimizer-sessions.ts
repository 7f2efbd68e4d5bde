import {
  add,
  concat,
  type Graph,
  graph,
  input,
  mul,
  reshape,
  type Shape,
  square,
  sub,
  sum,
  type Value,
} from '@bradley/graph';
import type { Segment } from '../parameter-buffer.js';
import type { OptimizerGraph } from './optimizer-graph.js';

/** Names of the tensors of a parameter: they tell the inputs and outputs of these graphs apart. */
export const nameOf = {
  gradient: (of: string): string => `grad/${of}`,
  more: (of: string): string => `more/${of}`,
  average: (of: string): string => `average/${of}`,
  state: (state: string, of: string): string => `state/${state}/${of}`,
  number: (of: string): string => `number/${of}`,
  next: (of: string): string => `next/${of}`,
} as const;

/** The numbers of an update that every optimiser has. */
export const sharedNumbers = { gradientScale: 'gradientScale', forget: 'forget' } as const;

/** Gradients of another micro-batch onto those there are. */
export function accumulationGraph(segments: readonly Segment[]): Graph {
  return graph(
    Object.fromEntries(
      segments.map(({ name, shape }) => [
        nameOf.next(name),
        add(input(nameOf.gradient(name), shape), input(nameOf.more(name), shape)),
      ]),
    ),
  );
}

/** The sum of squares of all gradients, (): sums of tensors first, then their sum. */
export function squaredNormGraph(segments: readonly Segment[]): Graph {
  const each = segments.map(({ name, shape }) => {
    const g = input(nameOf.gradient(name), shape);
    return reshape(shape.length === 0 ? square(g) : sum(square(g)), [1]);
  });
  return graph({ squaredNorm: sum(concat(each, 0)) });
}

/** One step of the optimiser on every tensor, and of the running average where one is kept. */
export function updateGraph(
  segments: readonly Segment[],
  optimizer: OptimizerGraph,
  numberNames: readonly string[],
  { average }: { readonly average: boolean },
): Graph {
  const numbers = Object.fromEntries(numberNames.map((name) => [name, input(nameOf.number(name), [])]));
  const { gradientScale, forget } = numbers as Record<keyof typeof sharedNumbers, Value>;
  const outputs: Record<string, Value> = {};
  for (const { name, shape } of segments) {
    const state = Object.fromEntries(
      stateOf(optimizer, shape).map(([of, shape]) => [of, input(nameOf.state(of, name), shape)]),
    );
    const scaled = mul(input(nameOf.gradient(name), shape), gradientScale);
    const next = optimizer.update(input(name, shape), scaled, state, numbers);
    outputs[nameOf.next(name)] = next.theta;
    for (const [of, value] of Object.entries(next.state))
      if (value) outputs[nameOf.next(nameOf.state(of, name))] = value;
    if (average) {
      const old = input(nameOf.average(name), shape);
      outputs[nameOf.next(nameOf.average(name))] = add(old, mul(sub(next.theta, old), forget));
    }
  }
  return graph(outputs);
}

/** The state of one tensor that there is, by name. */
export function stateOf(optimizer: OptimizerGraph, shape: Shape): (readonly [string, Shape])[] {
  return Object.entries(optimizer.state(shape)).flatMap(([name, of]) => (of ? [[name, of] as const] : []));
}
