import type { ProjectSettings, ScreenOutcome } from '@bradley/arena-contract';
import type { Outcome } from '@bradley/preferences';

/** What a project allows besides a choice. */
export type Allowed = Pick<ProjectSettings, 'allowTie' | 'allowBothBad' | 'allowSkip'>;

/** The setting that each of these answers needs. */
const needs = { tie: 'allowTie', bothBad: 'allowBothBad', skip: 'allowSkip' } as const;

/**
 * What was decided on screen as an outcome of the record: `shown[position]` is the index of the candidate that stood there.
 * Two candidates are chosen between, more are ranked. Or, as a string, why that cannot be the answer.
 */
export function outcomeOf(answer: ScreenOutcome, shown: readonly number[], allowed: Allowed): Outcome | string {
  switch (answer.kind) {
    case 'winner': {
      const index = shown[answer.position];
      return index === undefined
        ? `there is no position ${answer.position}: ${shown.length} candidates were shown`
        : { kind: 'winner', index };
    }
    case 'ranking': {
      const order = answer.positions.flatMap((position) => shown[position] ?? []);
      const whole = answer.positions.length === shown.length && new Set(order).size === shown.length;
      return whole
        ? { kind: 'ranking', order }
        : `[${answer.positions.join(', ')}] is not an order of the ${shown.length} positions: each must be there once`;
    }
    default:
      return allowed[needs[answer.kind]]
        ? { kind: answer.kind }
        : `this project does not take the answer ${answer.kind}`;
  }
}

/** A random order of n candidates, each equally likely. `random(n)` is an integer below n. */
export function shuffled(n: number, random: (below: number) => number): number[] {
  const order = Array.from({ length: n }, (_, index) => index);
  for (let last = n - 1; last > 0; last--) {
    const other = random(last + 1);
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  return order;
}
