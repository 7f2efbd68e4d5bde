import { resolve } from 'node:path';
import { type Duel, type Match, matchesOf, modelAndAdapter, type Origin, type VoteEvidence } from '@bradley/evaluate';
import {
  type Comparison,
  isScorerRater,
  normalizePrompt,
  splitRaters,
  type Teacher,
  teachersBehind,
  unnamedRater,
} from '@bradley/preferences';
import type { LoraUse } from '../lora/use-lora.js';
import { type DrawnContestant, loraName, nameOf } from './contestants.js';

/** Records that say nothing of these contestants, by why. */
export interface LeftOutVotes {
  /** Of models that are not compared here, by how records call them. */
  readonly strangers: ReadonlyMap<string, number>;
  /** Skips, both bad, scores, or two pictures of one contestant. */
  readonly undecided: number;
}

/**
 * What people's comparisons say of the contestants: duels against the base, and all matches, by prompt. A candidate is a contestant's where its
 * model (with its adapter, if any) is called as the contestant is, or as the command line names it, by its path or by its last part.
 *
 * @param contestants the base first
 * @param known what scorers had learnt from, as the comparisons' source says: votes that a scorer cast have all that it learnt behind them
 */
export async function votesOf(
  comparisons: AsyncIterable<Comparison>,
  contestants: readonly Pick<DrawnContestant, 'name' | 'model' | 'adapter'>[],
  categoryOf: (prompt: string) => string | undefined = () => undefined,
  known: readonly Teacher[] = [],
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
    for (const rater of splitRaters(comparison.rater ?? unnamedRater)) raters.add(rater);
    const cluster = clusters.get(found.cluster);
    if (cluster) cluster.push(...found.matches);
    else clusters.set(found.cluster, [...found.matches]);
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
  const judge = {
    ...{ name: 'people', kind: 'people' as const, raters: [...raters].sort() },
    learntFrom: learntByScorers([...raters].filter(isScorerRater), known),
  };
  return { evidence: { judge, duels, matches: [...clusters.values()] }, leftOut: { strangers, undecided } };
}

/** What is behind the votes of scorers: themselves, what they learnt from, and who had taught them. Null where people alone have voted. */
function learntByScorers(scorers: readonly string[], known: readonly Teacher[]): Origin | null {
  if (scorers.length === 0) return null;
  const teachers = teachersBehind(scorers, known);
  const own = teachers.filter(({ rater }) => scorers.includes(rater));
  return { raters: scorers, prompts: [...new Set(own.flatMap(({ prompts }) => prompts))], teachers };
}

function namesOf({ name, model, adapter }: Pick<DrawnContestant, 'name' | 'model' | 'adapter'>): string[] {
  const models = [...new Set([model, resolve(model), nameOf(model)])];
  if (adapter === null) return [name, ...models];
  const adapters =
    adapter.kind === 'lora'
      ? [adapter.use.path, loraName(adapter.use)].map((of) => `${of}${strengthOf(adapter.use)}`)
      : [adapter.path];
  return [name, ...models.flatMap((of) => [...adapters, name].map((laid) => `${of} + ${laid}`))];
}

/** As candidates have it: nothing where it is 1. */
const strengthOf = ({ strength }: LoraUse): string => (strength === 1 ? '' : `:${strength}`);
