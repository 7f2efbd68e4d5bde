import { type Comparison, normalizePrompt } from '@bradley/preferences';
import type { Match } from '../bradley-terry.js';

/** What a comparison says of the contestants behind its candidates. */
export interface ContestantMatches {
  /** The prompt, normalised: matches of one prompt are not independent, and are resampled together. */
  readonly cluster: string;
  readonly matches: readonly Match[];
}

export type LeftOut = 'skip' | 'bothBad' | 'scores' | 'unnamed' | 'same contestant';

/** The contestant that a candidate stands for, or undefined where it does not say. */
export type ContestantOf = (candidate: Comparison['candidates'][number]) => string | undefined;

/** The model, and the adapter on it where there is one: `model` or `model + adapter`. */
export const modelAndAdapter: ContestantOf = ({ model, adapter }) =>
  model === undefined ? undefined : adapter === undefined ? model : `${model} + ${adapter}`;

/**
 * The matches of a comparison: a winner wins over each other; a ranking orders every two; a tie ties all; shares of votes
 * order every two, equal ones being a tie. Two candidates of one contestant are no match. Or why there are none.
 */
export function matchesOf(
  comparison: Comparison,
  contestantOf: ContestantOf = modelAndAdapter,
): ContestantMatches | LeftOut {
  const { candidates, outcome, prompt } = comparison;
  if (outcome.kind === 'skip' || outcome.kind === 'bothBad' || outcome.kind === 'scores') return outcome.kind;
  const names = candidates.map(contestantOf);
  const placeValue = (index: number) => {
    if (outcome.kind === 'winner') return index === outcome.index ? 1 : 0;
    if (outcome.kind === 'ranking') return -outcome.order.indexOf(index);
    return outcome.kind === 'shares' ? (outcome.p[index] ?? 0) : 0;
  };
  const matches: Match[] = [];
  for (const [i, a] of names.entries()) {
    for (let j = i + 1; j < names.length; j++) {
      const b = names[j];
      if (a === undefined || b === undefined) return 'unnamed';
      const [left, right] = [placeValue(i), placeValue(j)];
      // Among the others of a winner nothing was decided.
      if (a === b || (outcome.kind === 'winner' && left === right)) continue;
      matches.push({ a, b, outcome: left > right ? 'a' : left < right ? 'b' : 'tie' });
    }
  }
  return matches.length > 0 ? { cluster: normalizePrompt(prompt), matches } : 'same contestant';
}
