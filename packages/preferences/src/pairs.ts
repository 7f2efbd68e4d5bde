import type { Comparison } from './record.js';
import type { TrainingGroup } from './training-group.js';

export interface PairOptions {
  /** Which pairs of a ranking or of scores: each better with each worse, or only the best with each other. */
  readonly rankings?: 'all' | 'best-vs-rest';
  /** Whose scores decide, where a record has several scorers. */
  readonly scorer?: string;
}

/**
 * The pairs to train on from one record, each a group of two, whose φ are p and 1 − p. A winner beats each other candidate (p = 1) and says nothing of those among
 * themselves; a ranking gives every ordered pair; a tie gives every pair at p = ½; shares give the Luce choice
 * probability pᵢ / (pᵢ + pⱼ); equal scores are a tie. `bothBad` and `skip` give none, and nor do two shares of 0.
 */
export function trainingPairs(record: Comparison, { rankings = 'all', scorer }: PairOptions = {}): TrainingGroup[] {
  const { candidates, outcome } = record;
  const indices = candidates.map((_, index) => index);
  switch (outcome.kind) {
    case 'winner':
      return pairsOf(record, [outcome.index, ...indices.filter((i) => i !== outcome.index)], 'best-vs-rest', () => 1);
    case 'ranking':
      return pairsOf(record, outcome.order, rankings, () => 1);
    case 'tie':
      return pairsOf(record, indices, 'all', () => 0.5);
    case 'shares': {
      const share = (index: number) => outcome.p[index] ?? 0;
      const order = indices.toSorted((a, b) => share(b) - share(a));
      return pairsOf(record, order, 'all', (a, b) => share(a) / (share(a) + share(b)));
    }
    case 'scores': {
      const scores = scoresBy(record, outcome.by, scorer);
      const score = (index: number) => scores[index] ?? 0;
      const order = indices.toSorted((a, b) => score(b) - score(a));
      return pairsOf(record, order, rankings, (a, b) => (score(a) === score(b) ? 0.5 : 1));
    }
    case 'bothBad':
    case 'skip':
      return [];
  }
}

/** Pairs of candidates in `order` (best first), `probability(a, b)` being that of a over b; NaN leaves the pair out. */
function pairsOf(
  { id, prompt, candidates }: Comparison,
  order: readonly number[],
  which: 'all' | 'best-vs-rest',
  probability: (better: number, worse: number) => number,
): TrainingGroup[] {
  const betters = which === 'all' ? order : order.slice(0, 1);
  return betters.flatMap((better, position) =>
    order.slice(position + 1).flatMap((worse) => {
      const [chosen, rejected, p] = [candidates[better], candidates[worse], probability(better, worse)];
      return chosen && rejected && !Number.isNaN(p)
        ? [{ id, prompt, candidates: [chosen, rejected], phi: [p, 1 - p] }]
        : [];
    }),
  );
}

/** The scores of the scorer that decides: the one that is named, or the only one. */
export function scoresBy(
  { id }: Pick<Comparison, 'id'>,
  by: Record<string, number[]>,
  scorer: string | undefined,
): number[] {
  const names = Object.keys(by);
  const name = scorer ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) {
    throw new Error(`record ${id}: scored by ${names.join(', ')}. Say which of them decides, with \`scorer\`.`);
  }
  const scores = Object.hasOwn(by, name) ? by[name] : undefined;
  if (!scores) throw new Error(`record ${id}: no scores by ${name}; it was scored by ${names.join(', ')}.`);
  return scores;
}
