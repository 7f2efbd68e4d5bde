import { backward, graph, input, inputsOf } from '@bradley/graph';
import { evaluate } from '@bradley/runtime';
import type { z } from 'zod';
import type { Objective } from './objective.js';
import type { SideNumbers } from './run-pair.test-support.js';

/** What a ranking objective makes of numbers; the gradient is at the policy's predictions, by side. */
export interface RankingResult {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly gradient: readonly Float32Array[];
}

/**
 * Evaluates a ranking objective on numbers, `elements` to a sample.
 *
 * @param phi a row for each prompt, best first
 */
export async function runRanking<Options extends z.ZodObject>(
  objective: Objective<'ranking', Options>,
  options: z.input<Options>,
  numbers: readonly SideNumbers[],
  phi: readonly (readonly number[])[],
  elements = 1,
): Promise<RankingResult> {
  const shape = [phi.length, elements, 1, 1];
  const sides = numbers.map(({ reference }, i) => ({
    target: input(`${i}/target`, shape),
    policy: input(`${i}/policy`, shape),
    reference: reference ? { prediction: input(`${i}/reference`, shape) } : null,
  }));
  const { loss, metrics } = objective.loss(
    { sides, phi: input('phi', [phi.length, sides.length]) },
    objective.options.parse(options),
  );
  const gradients = backward(
    loss,
    sides.map(({ policy }) => policy),
  );
  const outputs = graph({
    loss,
    ...metrics,
    ...Object.fromEntries(gradients.map((g, i) => [`gradient/${i}`, g])),
  });
  const feeds: Record<string, Float32Array> = { phi: Float32Array.from(phi.flat()) };
  for (const [i, side] of numbers.entries())
    for (const [name, values] of Object.entries(side)) feeds[`${i}/${name}`] = Float32Array.from(values as number[]);
  const wanted = new Set(inputsOf(outputs).map(({ name }) => name));
  const results = await evaluate(
    outputs,
    Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name))),
  );
  const floats = (name: string): Float32Array => results[name]?.data as Float32Array;
  return {
    loss: Number(floats('loss')[0]),
    metrics: Object.fromEntries(Object.keys(metrics).map((name) => [name, Number(floats(name)[0])])),
    gradient: sides.map((_, i) => floats(`gradient/${i}`)),
  };
}
