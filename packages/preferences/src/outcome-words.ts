import type { Outcome } from './record.js';

/** What annotation tools call an outcome without a winner, without case, spaces and punctuation. */
const words: Readonly<Record<'tie' | 'bothBad' | 'skip', readonly string[]>> = {
  tie: ['tie', 'tied', 'draw', 'same', 'equal', 'equallygood', 'both', 'bothgood', 'nopreference'],
  bothBad: ['bothbad', 'neither', 'none', 'equallybad', 'bothpoor'],
  skip: ['skip', 'skipped', 'discard', 'discarded', 'unsure', 'cantchoose', 'invalid'],
};

/** A name or a label without case, spaces and punctuation. */
export function plain(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/** The outcome that a word of theirs stands for, or undefined. */
export function outcomeOfWord(text: string): Outcome | undefined {
  const kinds = ['tie', 'bothBad', 'skip'] as const;
  const kind = kinds.find((name) => words[name].includes(plain(text)));
  return kind && { kind };
}

/** The outcome of the places of candidates, lowest best: a ranking, or scores by `rank` where two share a place. */
export function outcomeOfPlaces(places: readonly number[]): Outcome {
  if (new Set(places).size < places.length) return { kind: 'scores', by: { rank: places.map((place) => -place || 0) } };
  const order = places.map((_, index) => index).sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
  return { kind: 'ranking', order };
}

/**
 * The outcome of votes or preferences for each candidate: one with all of them is the winner, all alike a tie, none at all `bothBad`, anything
 * else the shares.
 */
export function outcomeOfVotes(votes: readonly number[]): Outcome | string {
  if (votes.some((vote) => !(vote >= 0) || !Number.isFinite(vote)))
    return `the votes [${votes.slice(0, 8).join(', ')}] are not all at least 0`;
  const sum = votes.reduce((a, b) => a + b, 0);
  if (sum === 0) return { kind: 'bothBad' };
  const winner = votes.indexOf(sum);
  if (winner !== -1) return { kind: 'winner', index: winner };
  if (votes.every((vote) => vote === votes[0])) return { kind: 'tie' };
  return { kind: 'shares', p: Math.abs(sum - 1) <= 1e-3 ? [...votes] : votes.map((vote) => vote / sum) };
}
