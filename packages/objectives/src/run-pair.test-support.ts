import { backward, graph, input, inputsOf, type Value } from '@bradley/graph';
import { evaluate } from '@bradley/runtime';
import type { z } from 'zod';
import type { Objective, ObjectiveOutput } from './objective.js';

/** Predictions and targets of one side, (B, elements) flat; the reference of an objective that has none is left out. */
export interface SideNumbers {
  readonly target: readonly number[];
  readonly policy: readonly number[];
  readonly reference?: readonly number[];
}

export interface PairNumbers {
  readonly chosen: SideNumbers;
  readonly rejected: SideNumbers;
  /** (B) */
  readonly preference?: readonly number[];
}

/** What an objective makes of numbers: loss, metrics, and the gradient of the loss at the policy's predictions. */
export interface PairResult {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly gradient: { readonly chosen: Float32Array; readonly rejected: Float32Array };
}

/** Sides and labels as inputs of a graph, (B, elements, 1, 1) each. */
export function pairInputs(
  batch: number,
  elements: number,
  { reference, soft }: { reference: boolean; soft: boolean },
) {
  const side = (name: string) => ({
    target: input(`${name}/target`, [batch, elements, 1, 1]),
    policy: input(`${name}/policy`, [batch, elements, 1, 1]),
    reference: reference ? { prediction: input(`${name}/reference`, [batch, elements, 1, 1]) } : null,
  });
  return { chosen: side('chosen'), rejected: side('rejected'), preference: soft ? input('preference', [batch]) : null };
}

export function pairFeeds({ chosen, rejected, preference }: PairNumbers): Record<string, Float32Array> {
  const flat = (name: string, side: SideNumbers) =>
    Object.entries(side).map(([key, values]) => [`${name}/${key}`, Float32Array.from(values as number[])] as const);
  return {
    ...Object.fromEntries([...flat('chosen', chosen), ...flat('rejected', rejected)]),
    ...(preference ? { preference: Float32Array.from(preference) } : {}),
  };
}

/** Evaluates a pair objective on numbers, `elements` to a sample. */
export async function runPair<Options extends z.ZodObject>(
  objective: Objective<'pair', Options>,
  options: z.input<Options>,
  numbers: PairNumbers,
  elements = 1,
): Promise<PairResult> {
  const batch = numbers.chosen.policy.length / elements;
  const { reference } = objective.needs;
  const pair = pairInputs(batch, elements, { reference: reference !== false, soft: numbers.preference !== undefined });
  const { loss, metrics }: ObjectiveOutput = objective.loss(pair, objective.options.parse(options));
  const [chosen, rejected] = backward(loss, [pair.chosen.policy, pair.rejected.policy]) as [Value, Value];
  const outputs = graph({ loss, ...metrics, 'gradient/chosen': chosen, 'gradient/rejected': rejected });
  const wanted = new Set(inputsOf(outputs).map(({ name }) => name));
  const fed = Object.entries(pairFeeds(numbers)).filter(([name]) => wanted.has(name));
  const results = await evaluate(outputs, Object.fromEntries(fed));
  const floats = (name: string): Float32Array => results[name]?.data as Float32Array;
  return {
    loss: Number(floats('loss')[0]),
    metrics: Object.fromEntries(Object.keys(metrics).map((name) => [name, Number(floats(name)[0])])),
    gradient: { chosen: floats('gradient/chosen'), rejected: floats('gradient/rejected') },
  };
}

/** One element a sample, target 0: the squared errors of a side are the numbers given. */
export const sideOfErrors = (policy: readonly number[], reference?: readonly number[]): SideNumbers => ({
  target: policy.map(() => 0),
  policy: policy.map(Math.sqrt),
  ...(reference ? { reference: reference.map(Math.sqrt) } : {}),
});
