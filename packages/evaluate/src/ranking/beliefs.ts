import type { Match } from '../bradley-terry.js';
import { momentsAfter } from './information-gain.js';

/** Somebody to be ranked. Only contestants of one group meet: the pictures of one prompt, say. */
export interface Contestant {
  readonly name: string;
  readonly group?: string;
}

/**
 * A running guess of every strength as an independent normal. It is learnt a match at a time, in constant time, and serves to choose the
 * next pair; what is reported comes from `bradleyTerry` or `strengthPosterior`.
 */
export interface Beliefs {
  readonly contestants: readonly Contestant[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** The contestants of each group of two or more, by index. */
  readonly groups: readonly (readonly number[])[];
  /** Which of `groups` a contestant is in, or −1 where it is alone. */
  readonly groupOf: Int32Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** Before any match each ln p is N(0, spread²), as in `strengthPosterior`. */
export function openBeliefs(
  contestants: readonly Contestant[],
  matches: Iterable<Match> = [],
  { spread = 1.5 }: { readonly spread?: number } = {},
): Beliefs {
  const byGroup = new Map<string | undefined, number[]>();
  for (const [i, { group }] of contestants.entries()) {
    const members = byGroup.get(group);
    if (members) members.push(i);
    else byGroup.set(group, [i]);
  }
  const groups = [...byGroup.values()].filter(({ length }) => length > 1);
  const groupOf = new Int32Array(contestants.length).fill(-1);
  for (const [g, members] of groups.entries()) for (const i of members) groupOf[i] = g;
  const indexOf = new Map(contestants.map(({ name }, i) => [name, i]));
  if (indexOf.size < contestants.length) throw new Error('two contestants have the same name: names tell them apart.');
  const beliefs: Beliefs = {
    contestants,
    indexOf,
    groups,
    groupOf,
    mean: new Float64Array(contestants.length),
    variance: new Float64Array(contestants.length).fill(spread ** 2),
  };
  for (const match of matches) learn(beliefs, match);
  return beliefs;
}

/**
 * Updates both contestants in place, by matching the first two moments of their difference and sharing the change by variance, as
 * TrueSkill does (Herbrich, Minka & Graepel 2006) with a logistic likelihood. A tie is half a win for each.
 */
export function learn({ indexOf, mean, variance }: Beliefs, { a, b, outcome }: Match): void {
  const [i, j] = [indexOf.get(a), indexOf.get(b)];
  if (i === undefined || j === undefined || i === j)
    throw new Error(`a match needs two of the ${indexOf.size} contestants, found ${a} against ${b}.`);
  const [va, vb] = [variance[i] as number, variance[j] as number];
  const [ma, mb] = [mean[i] as number, mean[j] as number];
  const score = { a: 1, tie: 0.5, b: 0 }[outcome];
  const after = momentsAfter(score, ma - mb, va + vb);
  const moved = (after.mean - (ma - mb)) / (va + vb);
  const learnt = (1 - after.variance / (va + vb)) / (va + vb);
  mean[i] = ma + va * moved;
  mean[j] = mb - vb * moved;
  variance[i] = va * (1 - va * learnt);
  variance[j] = vb * (1 - vb * learnt);
}
