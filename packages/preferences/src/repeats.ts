import type { Comparison, Outcome } from './record.js';
import type { Problem } from './source.js';
import { normalizePrompt } from './split.js';

/** What an earlier record makes of a later one on the same prompt, images, question and rater. */
export interface Repeat {
  readonly problem: Extract<Problem, 'duplicate' | 'contradiction'>;
  /** Where the earlier record is. */
  readonly earlier: string;
}

/**
 * Finds records that repeat or contradict an earlier one, whatever the order of their candidates. Two raters who differ do not
 * contradict each other; records without a rater count as one rater's.
 */
export function repeatFinder() {
  const seen = new Map<string, { where: string; outcome: string }>();
  /** `images` identifies each candidate's image, such as by its sha256. */
  return (where: string, record: Comparison, images: readonly string[]): Repeat | undefined => {
    const { prompt, question, rater } = record;
    const order = images.map((_, index) => index).sort((a, b) => compare(images[a], images[b]));
    const key = JSON.stringify([normalizePrompt(prompt), question, rater, order.map((index) => images[index])]);
    const outcome = JSON.stringify(outcomeInOrder(record.outcome, order));
    const earlier = seen.get(key);
    if (!earlier) {
      seen.set(key, { where, outcome });
      return undefined;
    }
    return { problem: earlier.outcome === outcome ? 'duplicate' : 'contradiction', earlier: earlier.where };
  };
}

/** The outcome as it reads with the candidates in another order: candidate `order[i]` comes i-th. */
function outcomeInOrder(outcome: Outcome, order: readonly number[]): Outcome {
  const reorder = <Item>(items: readonly Item[]) => order.flatMap((index) => items.slice(index, index + 1));
  switch (outcome.kind) {
    case 'winner':
      return { kind: 'winner', index: order.indexOf(outcome.index) };
    case 'ranking':
      return { kind: 'ranking', order: outcome.order.map((index) => order.indexOf(index)) };
    case 'shares':
      return { kind: 'shares', p: reorder(outcome.p) };
    case 'scores':
      return {
        kind: 'scores',
        by: Object.fromEntries(
          Object.entries(outcome.by)
            .sort(([a], [b]) => compare(a, b))
            .map(([scorer, scores]) => [scorer, reorder(scores)]),
        ),
      };
    default:
      return outcome;
  }
}

function compare(a: string | undefined, b: string | undefined): number {
  return (a ?? '') < (b ?? '') ? -1 : a === b ? 0 : 1;
}
