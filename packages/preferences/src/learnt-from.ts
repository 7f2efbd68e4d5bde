import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Comparison } from './record.js';
import { isProgram, joint } from './scorer-rater.js';
import { normalizePrompt } from './split.js';
import { joinTeachers, type Teacher, taughtBy, teacherSchema, teachersBehind } from './teachers.js';

/**
 * What something that learnt preferences has seen: kept beside an adapter or a reward model, so that nobody is judged by
 * what learnt from the same comparisons, on prompts that were learnt.
 */
export const learntFromSchema = z.strictObject({
  ...taughtBy,
  /** The scorers among the raters, and in turn those that had taught these, each with what it had learnt from. One that does not say is not here. */
  teachers: z.array(teacherSchema).optional(),
  /** Where something that was gone on from does not say it, or not on which prompts: there may be more. */
  incomplete: z.literal(true).optional(),
});
export type LearntFrom = z.infer<typeof learntFromSchema>;

/** 16 hex digits that stand for a prompt: the same for prompts that `normalizePrompt` makes the same. */
export function promptKey(prompt: string): string {
  return createHash('sha256').update(normalizePrompt(prompt)).digest('hex').slice(0, 16);
}

/** Who made a comparison that does not say. */
export const unnamedRater = 'unknown';

/** How a comparison names several scorers or recipes that made it together, as its `rater`. */
export function joinRaters(raters: Iterable<string>): string {
  return [...new Set(raters)].sort().join(joint);
}

/** Those that a record's `rater` names: each of several scorers and recipes that made it together, else the rater. */
export function splitRaters(rater: string): string[] {
  const parts = rater.split(joint);
  return parts.every(isProgram) ? parts : [rater];
}

/**
 * What is learnt from these comparisons. Of several that made one together, from each.
 * @param known what scorers had learnt from, as the comparisons' source says: of those that are behind these, all is kept
 */
export function learntFrom(
  comparisons: Iterable<Pick<Comparison, 'prompt' | 'rater'>>,
  known: readonly Teacher[] = [],
): LearntFrom {
  const raters = new Set<string>();
  const prompts = new Set<string>();
  for (const { prompt, rater } of comparisons) {
    for (const one of splitRaters(rater ?? unnamedRater)) raters.add(one);
    prompts.add(promptKey(prompt));
  }
  return withTeachers({ raters: [...raters].sort(), prompts: [...prompts].sort() }, teachersBehind(raters, known));
}

/** What was learnt from in turn, by a model that goes on from another. */
export function joinLearntFrom(...seen: readonly LearntFrom[]): LearntFrom {
  const all = (list: readonly (readonly string[])[]): string[] => [...new Set(list.flat())].sort();
  const both = {
    raters: all(seen.map(({ raters }) => raters)),
    prompts: all(seen.map(({ prompts }) => prompts)),
    ...(seen.some(({ incomplete }) => incomplete) ? { incomplete: true as const } : {}),
  };
  return withTeachers(both, joinTeachers(seen.flatMap(({ teachers = [] }) => teachers)));
}

/** Without the list where it is empty: people alone have taught. */
const withTeachers = (seen: Omit<LearntFrom, 'teachers'>, teachers: readonly Teacher[]): LearntFrom =>
  teachers.length === 0 ? seen : { ...seen, teachers: [...teachers] };
