import type { Random } from '../intervals.js';
import type { Beliefs } from './beliefs.js';
import { informationGain } from './information-gain.js';

export interface NextPairOptions {
  /** The share of pairs drawn at random, so that no contestant is forgotten and the choice can be checked against chance. */
  readonly exploration?: number;
  /** Pairs that may not be asked now: shown to others at this moment, or judged by this rater before. Symmetric. */
  readonly exclude?: (a: string, b: string) => boolean;
}

/** Two names, in random order, and whether chance drew them. */
export interface NextPair {
  readonly pair: readonly [string, string];
  readonly explored: boolean;
}

/**
 * The pair of one group whose match is expected to tell most (`informationGain` at the believed difference, ties aside), or with
 * probability `exploration` (default 0.1) any pair; equally informative ones are drawn at random. Null where no pair may be asked.
 *
 * The search is exact without visiting all pairs: gain falls with the gap and rises with the variance. Contestants are taken from the
 * least certain on, each with those that are no less certain than itself, going outwards in the order of means until even a partner as
 * uncertain as itself could not beat the best so far at that gap. It ends where none could at no gap.
 */
export function nextPair(
  beliefs: Beliefs,
  random: Random,
  { exploration = 0.1, exclude = () => false }: NextPairOptions = {},
): NextPair | null {
  const excluded = (i: number, j: number) => exclude(nameAt(beliefs, i), nameAt(beliefs, j));
  const explored = random() < exploration ? randomPair(beliefs, random, excluded) : null;
  const found = explored ?? mostInformative(beliefs, random, excluded);
  if (!found) return null;
  const [a, b] = found.map((i) => nameAt(beliefs, i)) as [string, string];
  return { pair: random() < 0.5 ? [a, b] : [b, a], explored: explored !== null };
}

type Excluded = (i: number, j: number) => boolean;

/** Any contestant with any other of its group; null after a hundred excluded ones, when the search is the better way. */
function randomPair({ groups, groupOf, contestants }: Beliefs, random: Random, excluded: Excluded) {
  for (let attempt = 0; attempt < 100; attempt++) {
    const i = Math.floor(random() * contestants.length);
    const members = groups[groupOf[i] ?? -1] ?? [];
    const j = members[Math.floor(random() * members.length)];
    if (j !== undefined && j !== i && !excluded(i, j)) return [i, j] as const;
  }
  return null;
}

function mostInformative({ mean, variance, groups, groupOf }: Beliefs, random: Random, excluded: Excluded) {
  const lots = Float64Array.from(mean, random);
  const ascending = (values: Float64Array) => (i: number, j: number) =>
    (values[i] as number) - (values[j] as number) || (lots[i] as number) - (lots[j] as number);
  const orders = groups.map((members) => [...members].sort(ascending(mean)));
  const placeOf = new Int32Array(mean.length);
  for (const order of orders) for (const [place, i] of order.entries()) placeOf[i] = place;
  const leastCertainFirst = groups.flat().sort((i, j) => ascending(variance)(j, i));

  let best = -1;
  let pair: readonly [number, number] | null = null;
  for (const i of leastCertainFirst) {
    const own = variance[i] as number;
    if (informationGain(0, 2 * own) <= best) break;
    const order = orders[groupOf[i] as number] as number[];
    for (const step of [1, -1]) {
      for (let place = (placeOf[i] as number) + step; place >= 0 && place < order.length; place += step) {
        const j = order[place] as number;
        const gap = (mean[j] as number) - (mean[i] as number);
        const other = variance[j] as number;
        if (best >= 0 && informationGain(gap, 2 * own) <= best) break;
        if (other > own || excluded(i, j)) continue; // a less certain partner was met from its own place
        const gain = informationGain(gap, own + other);
        if (gain <= best) continue;
        best = gain;
        pair = [i, j];
      }
    }
  }
  return pair;
}

function nameAt({ contestants }: Beliefs, i: number): string {
  return contestants[i]?.name ?? '';
}
