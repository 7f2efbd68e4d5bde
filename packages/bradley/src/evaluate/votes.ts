import { type Duel, type Match, matchesOf, modelAndAdapter, type VoteEvidence } from '@bradley/evaluate';
import { type Comparison, normalizePrompt } from '@bradley/preferences';
import type { DrawnContestant } from './contestants.js';

/** Records that say nothing of these contestants, by why. */
export interface LeftOutVotes {
  /** Of models that are not compared here, by how records call them. */
  readonly strangers: ReadonlyMap<string, number>;
  /** Skips, both bad, scores, or two pictures of one contestant. */
  readonly undecided: number;
}

/**
 * What people's comparisons say of the contestants: duels against the base, and all matches, by prompt. A candidate is a contestant's where its
 * model (with its adapter, if any) is called as the contestant is, or as the command line names it.
 *
 * @param contestants the base first
 */
export async function votesOf(
  comparisons: AsyncIterable<Comparison>,
  contestants: readonly Pick<DrawnContestant, 'name' | 'model' | 'adapter'>[],
  categoryOf: (prompt: string) => string | undefined = () => undefined,
): Promise<{ evidence: VoteEvidence; leftOut: LeftOutVotes }> {
  const called = new Map(contestants.flatMap((of) => namesOf(of).map((name) => [name, of.name] as const)));
  const duels: Duel[][] = contestants.map(() => []);
  const clusters = new Map<string, Match[]>();
  const raters = new Set<string>();
  const strangers = new Map<string, number>();
  let undecided = 0;
  for await (const comparison of comparisons) {
    const names = comparison.candidates.map((candidate) => modelAndAdapter(candidate) ?? 'without a model');
    const unknown = names.filter((name) => !called.has(name));
    if (unknown.length > 0) {
      for (const name of new Set(unknown)) strangers.set(name, (strangers.get(name) ?? 0) + 1);
      continue;
    }
    const found = matchesOf(comparison, (candidate) => called.get(modelAndAdapter(candidate) ?? ''));
    if (typeof found === 'string') {
      undecided++;
      continue;
    }
    raters.add(comparison.rater ?? 'unknown');
    clusters.set(found.cluster, [...(clusters.get(found.cluster) ?? []), ...found.matches]);
    const category = categoryOf(normalizePrompt(comparison.prompt));
    for (const { a, b, outcome } of found.matches) {
      const base = contestants[0]?.name;
      if (a !== base && b !== base) continue;
      const other = a === base ? b : a;
      const margin = outcome === 'tie' ? 0 : (outcome === 'a') === (a === other) ? 1 : -1;
      duels[contestants.findIndex(({ name }) => name === other)]?.push({
        prompt: found.cluster,
        margin,
        ...(category === undefined ? {} : { category }),
      });
    }
  }
  const judge = { name: 'people', kind: 'people', raters: [...raters].sort(), learntFrom: null } as const;
  return { evidence: { judge, duels, matches: [...clusters.values()] }, leftOut: { strangers, undecided } };
}

function namesOf({ name, model, adapter }: Pick<DrawnContestant, 'name' | 'model' | 'adapter'>): string[] {
  if (adapter === null) return [name, model];
  const path = adapter.kind === 'lora' ? adapter.use.path : adapter.path;
  return [name, `${model} + ${path}`, `${model} + ${name}`];
}
