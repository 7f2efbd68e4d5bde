import type { Comparison } from '@bradley/preferences';
import { type Measured, measured } from '../intervals.js';
import type { Rater } from './verdicts.js';

/** What a right answer is: the candidate with this index, or that none is better. */
export type RightAnswer = number | 'tie' | 'bothBad';

export interface KnownAnswers {
  readonly rater: Rater;
  /** Of the answers given. Guessing gets 1/k of them right. */
  readonly right: Measured;
  /** Skips are no answer, right or wrong. */
  readonly skipped: number;
}

/**
 * How often each rater is right where the answer is known: gold questions and attention checks alike. `rightAnswer` says what is
 * right for a comparison, or undefined where it is no such question. Of a ranking its first is the answer.
 */
export function knownAnswers(
  comparisons: Iterable<Comparison>,
  rightAnswer: (comparison: Comparison) => RightAnswer | undefined,
): KnownAnswers[] {
  const raters = new Map<Rater, { count: number; total: number; skipped: number }>();
  for (const comparison of comparisons) {
    const right = rightAnswer(comparison);
    const answer = answerOf(comparison);
    if (right === undefined || answer === undefined) continue;
    const rater = comparison.rater ?? null;
    const known = raters.get(rater) ?? { count: 0, total: 0, skipped: 0 };
    raters.set(rater, known);
    if (answer === 'skip') known.skipped++;
    else {
      known.total++;
      if (answer === right) known.count++;
    }
  }
  return [...raters].map(([rater, { skipped, ...proportion }]) => ({ rater, right: measured(proportion), skipped }));
}

function answerOf({ outcome }: Comparison): RightAnswer | 'skip' | undefined {
  if (outcome.kind === 'winner') return outcome.index;
  if (outcome.kind === 'ranking') return outcome.order[0];
  if (outcome.kind === 'shares' || outcome.kind === 'scores') return undefined;
  return outcome.kind;
}
