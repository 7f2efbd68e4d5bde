import type { Question } from '@bradley/models';
import { type Candidate, type Comparison, normalizePrompt, trainingPairs } from '@bradley/preferences';

/** What was said of two pictures under one question. */
export interface Judgement {
  /** How many judged: the sums of what each said. */
  readonly a: number;
  readonly b: number;
  readonly tie: number;
}

/** Two pictures of one prompt, with what was said of them, a question each; null where it was not asked. */
export interface RewardRow {
  readonly prompt: string;
  readonly a: Candidate;
  readonly b: Candidate;
  readonly judgements: readonly (Judgement | null)[];
}

/**
 * Comparisons as rows to learn from: every pair of candidates that an outcome orders or calls equal, those of the same two
 * pictures in one row, whoever judged them and under whichever question. Pictures are told apart by their media; of a pair, A is
 * the one with the smaller name, so that rows do not depend on the order of records. Shares become soft labels; `bothBad` and
 * `skip` say nothing.
 */
export function rewardRows(
  comparisons: Iterable<Comparison>,
  questions: readonly Question[],
  scorer?: string,
): RewardRow[] {
  const rows = new Map<string, RewardRow & { judgements: (Judgement | null)[] }>();
  for (const comparison of comparisons) {
    const question = questions.findIndex(({ name }) => name === comparison.question);
    if (question === -1 || comparison.candidates.some(({ kind }) => kind !== undefined)) continue;
    for (const { candidates, phi, prompt } of trainingPairs(comparison, scorer === undefined ? {} : { scorer })) {
      const [chosen, rejected] = candidates as [Candidate, Candidate];
      const [p = 1] = phi;
      const [a, b] = chosen.media < rejected.media ? [chosen, rejected] : [rejected, chosen];
      const key = JSON.stringify([normalizePrompt(prompt), a.media, b.media]);
      const row = rows.get(key) ?? {
        prompt,
        a,
        b,
        judgements: questions.map(() => null),
      };
      rows.set(key, row);
      const before = row.judgements[question] ?? { a: 0, b: 0, tie: 0 };
      row.judgements[question] = sumOf(before, judgementOf(comparison, p, chosen === a));
    }
  }
  return [...rows.values()];
}

/** An even share of votes is not a tie: half of the voters preferred each. */
function judgementOf({ outcome }: Comparison, p: number, chosenIsA: boolean): Judgement {
  if (p === 0.5 && outcome.kind !== 'shares') return { a: 0, b: 0, tie: 1 };
  return chosenIsA ? { a: p, b: 1 - p, tie: 0 } : { a: 1 - p, b: p, tie: 0 };
}

const sumOf = (x: Judgement, y: Judgement): Judgement => ({ a: x.a + y.a, b: x.b + y.b, tie: x.tie + y.tie });
