import { type Comparison, normalizePrompt } from '@bradley/preferences';

/** What one rater said of one unit: candidates of one prompt under one question, in terms of candidates, not of sides. */
export interface Verdict {
  /** The same for all who judged the same candidates, in whatever order they were made or shown. */
  readonly unit: string;
  /** `winner:` and the winner's media, `tie`, or `bothBad`. */
  readonly verdict: string;
  readonly rater: Rater;
}

/** Null stands for all records without a rater: they count as one rater's, as in the check of a data set. */
export type Rater = string | null;

/**
 * The verdicts of people in comparisons. A task is a prompt, a question and a set of media. Where anyone ranked a task, all of its
 * comparisons are reduced to pairs (a winner wins over each other, a tie ties all); else its candidates are one unit, so that
 * choosing one of four is one verdict and not three. `skip`, `shares` and `scores` are nobody's verdict and are left out.
 */
export function verdictsOf(comparisons: Iterable<Comparison>): Verdict[] {
  const tasks = new Map<string, Comparison[]>();
  for (const comparison of comparisons) {
    const key = taskOf(comparison);
    const task = tasks.get(key);
    if (task) task.push(comparison);
    else tasks.set(key, [comparison]);
  }
  return [...tasks].flatMap(([task, judged]) => {
    const inPairs = judged.some(({ outcome }) => outcome.kind === 'ranking');
    return judged.flatMap((comparison) => (inPairs ? pairVerdicts(comparison) : wholeVerdict(comparison, task)));
  });
}

function taskOf({ prompt, question, candidates }: Comparison, media = candidates.map((one) => one.media)): string {
  return JSON.stringify([normalizePrompt(prompt), question, ...[...media].sort()]);
}

function wholeVerdict(comparison: Comparison, unit: string): Verdict[] {
  const { outcome, candidates, rater = null } = comparison;
  if (outcome.kind === 'tie' || outcome.kind === 'bothBad') return [{ unit, verdict: outcome.kind, rater }];
  const winner = outcome.kind === 'winner' && candidates[outcome.index];
  return winner ? [{ unit, verdict: winnerVerdict(winner.media), rater }] : [];
}

function pairVerdicts(comparison: Comparison): Verdict[] {
  const { outcome, candidates, rater = null } = comparison;
  const order = decidedOrder(comparison);
  const verdicts: Verdict[] = [];
  for (const [i, a] of candidates.entries()) {
    for (const [j, b] of candidates.entries()) {
      if (j <= i || a.media === b.media) continue;
      const unit = taskOf(comparison, [a.media, b.media]);
      if (outcome.kind === 'tie' || outcome.kind === 'bothBad') verdicts.push({ unit, verdict: outcome.kind, rater });
      const [ahead, behind] = [order(i), order(j)];
      if (ahead !== behind) verdicts.push({ unit, verdict: winnerVerdict(ahead < behind ? a.media : b.media), rater });
    }
  }
  return verdicts;
}

/** The place of each candidate, the best being 0. Those that nothing orders share one. */
function decidedOrder({ outcome }: Comparison): (index: number) => number {
  if (outcome.kind === 'ranking') return (index) => outcome.order.indexOf(index);
  if (outcome.kind === 'winner') return (index) => (index === outcome.index ? 0 : 1);
  return () => 0;
}

export function winnerVerdict(media: string): string {
  return `winner:${media}`;
}

/**
 * A verdict as a category that all units share: the winner's place among the candidates in the order of their hashes. Were the winner itself
 * the category, no two units would share one, chance would be taken for never to agree, and raters who toss coins would seem to agree by half.
 */
export function placeOf(unit: string, verdict: string): string {
  const media = (JSON.parse(unit) as string[]).slice(2);
  return verdict.startsWith('winner:')
    ? winnerVerdict(String(media.indexOf(verdict.slice('winner:'.length))))
    : verdict;
}
