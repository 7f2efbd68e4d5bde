import { randomInt } from 'node:crypto';
import type { VerdictPair } from '@bradley/preferences';

/** A uniform integer below n. */
export type Random = (below: number) => number;

/** What a round of a blind judgement may show. */
export interface PlanOptions {
  readonly count: number;
  /** Prompts that were trained on, and prompts that were not. */
  readonly trained: readonly string[];
  readonly unseen: readonly string[];
  readonly random?: Random;
}

/**
 * Plans the pairs of a round: half of prompts that were trained on and half of others, each as seldom as there are prompts for it,
 * with seeds of their own and the order of candidates by chance. Where there are no prompts of one kind, all are of the other.
 */
export function planVerdict({ count, trained, unseen, random = randomInt }: PlanOptions): VerdictPair[] {
  if (trained.length + unseen.length === 0) throw new Error('a verdict needs prompts, and there are none.');
  const half = Math.floor(count / 2);
  const ofTrained = unseen.length === 0 ? count : trained.length === 0 ? 0 : half;
  const prompts = [
    ...draw(trained, ofTrained, random).map((prompt) => ({ prompt, trained: true })),
    ...draw(unseen, count - ofTrained, random).map((prompt) => ({ prompt, trained: false })),
  ];
  const seeds = new Set<number>();
  while (seeds.size < count) seeds.add(random(2 ** 31));
  const ofEach = [...seeds];
  return shuffled(prompts, random).map((of, i) => ({
    ...of,
    seed: ofEach[i] as number,
    afterFirst: random(2) === 1,
  }));
}

/** So many of them in random order, none again before all have come. */
function draw(from: readonly string[], count: number, random: Random): string[] {
  const drawn: string[] = [];
  while (drawn.length < count) drawn.push(...shuffled(from, random).slice(0, count - drawn.length));
  return drawn;
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
}
