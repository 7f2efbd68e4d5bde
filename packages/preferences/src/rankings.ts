import { scoresBy } from './pairs.js';
import type { Comparison, Outcome } from './record.js';
import type { TrainingGroup } from './training-group.js';

/** Of candidates of one prompt: who is first, and how likely each is to be preferred to another. */
export interface Ranking {
  /** Indices of the candidates, best first: `order[0]` has rank τ = 1. */
  readonly order: readonly number[];
  /** φ of each candidate, in the candidates' order. */
  readonly phi: readonly number[];
}

/**
 * The ranking that several rewards give together, as Syn-Pic does (Karthik et al. 2024, arXiv:2410.18013, §3.2): each reward gives
 * candidate i a point for every j that it scores lower, Cᵢ points in all, and φᵢ = Cᵢ / (n(k−1)). Equal scores give nobody a point.
 * Scores are only compared within a reward, so their scales do not matter. Candidates of equal φ come in the order of their mean
 * z-score over the rewards, then of their index; the paper does not say.
 *
 * @param rewards n rows of k scores, higher is better
 */
export function rankByRewards(rewards: readonly (readonly number[])[]): Ranking {
  const k = rewards[0]?.length ?? 0;
  if (k < 2 || rewards.some(({ length }) => length !== k))
    throw new RangeError(
      `a ranking needs the same two or more candidates in every reward, found ${rewards.map(({ length }) => length).join(', ') || 'no reward'}`,
    );
  const points = (i: number, j: number): number => rewards.filter((of) => (of[i] as number) > (of[j] as number)).length;
  const phi = phiOf(k, rewards.length, points);
  const z = rewards.map(zScores);
  return { order: orderBy(phi, (i) => mean(z.map((of) => of[i] as number))), phi };
}

/** The ranking in an outcome, or null where it has none. */
type ReadRanking<Of extends Outcome> = (outcome: Of, record: Comparison, scorer: string | undefined) => Ranking | null;

const rankings: { readonly [Kind in Outcome['kind']]: ReadRanking<Extract<Outcome, { kind: Kind }>> } = {
  ranking: ({ order }) => {
    const place = order.map((_, i) => order.indexOf(i));
    return byProbability(order.length, (i, j) => ((place[i] as number) < (place[j] as number) ? 1 : 0));
  },
  winner: ({ index }, { candidates }) => byProbability(candidates.length, (i) => (i === index ? 1 : 0)),
  shares: ({ p }) => byProbability(p.length, (i, j) => share(p[i] as number, p[j] as number)),
  scores: ({ by }, record, scorer) =>
    rankByRewards(scorer === undefined ? Object.values(by) : [scoresBy(record, by, scorer)]),
  tie: () => null,
  bothBad: () => null,
  skip: () => null,
};

/** Luce's choice probability; of two shares of 0 nothing is known. */
const share = (a: number, b: number): number => (a === 0 ? 0 : a / (a + b));

/**
 * The group to train on from one record, or null where it sets no candidate over another. Scores count by `rankByRewards`, over all scorers or
 * the one that is named. A ranking gives φ = (k − τ)/(k − 1); a winner of k gives 1 to the winner and 0 to the others, whose order is
 * then their index; shares give the mean of the Luce choice probabilities.
 */
export function trainingRanking(
  record: Comparison,
  { scorer }: { readonly scorer?: string } = {},
): TrainingGroup | null {
  const of = rankings[record.outcome.kind] as ReadRanking<Outcome>;
  const ranking = of(record.outcome, record, scorer);
  if (!ranking) return null;
  const { order } = ranking;
  const phi = order.map((i) => ranking.phi[i] as number);
  if (phi[0] === phi.at(-1)) return null;
  const { id, prompt, candidates } = record;
  return { id, prompt, candidates: order.map((i) => candidates[i] as Comparison['candidates'][number]), phi };
}

function byProbability(k: number, over: (i: number, j: number) => number): Ranking {
  const phi = phiOf(k, 1, over);
  return { order: orderBy(phi, () => 0), phi };
}

/** Each candidate's points against all others, as a share of the n (k − 1) that there are. Summed first: equal counts give equal φ. */
function phiOf(k: number, n: number, points: (i: number, j: number) => number): number[] {
  const indices = Array.from({ length: k }, (_, i) => i);
  return indices.map((i) => indices.reduce((sum, j) => sum + (j === i ? 0 : points(i, j)), 0) / (n * (k - 1)));
}

const orderBy = (phi: readonly number[], tieBreak: (index: number) => number): number[] =>
  phi
    .map((_, i) => i)
    .toSorted((a, b) => (phi[b] as number) - (phi[a] as number) || tieBreak(b) - tieBreak(a) || a - b);

function zScores(scores: readonly number[]): number[] {
  const centre = mean(scores);
  const deviation = Math.sqrt(mean(scores.map((score) => (score - centre) ** 2)));
  return scores.map((score) => (deviation === 0 ? 0 : (score - centre) / deviation));
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
