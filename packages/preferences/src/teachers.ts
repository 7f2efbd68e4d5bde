import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@bradley/formats';
import { z } from 'zod';
import { type NamedScorer, scorerRater } from './scorer-rater.js';

/** Whose comparisons were learnt from, and on which prompts. */
export const taughtBy = {
  /** Who made the comparisons: their raters, a scorer as `scorerRater` names it. Sorted; 'unknown' where a record does not say. */
  raters: z.array(z.string().min(1)),
  /** `promptKey` of every prompt. Sorted. */
  prompts: z.array(z.string().regex(/^[0-9a-f]{16}$/)),
};

/** A scorer that makes comparisons, and what it had learnt from itself: nothing, for a rule about pixels. */
export const teacherSchema = z.strictObject({ rater: z.string().min(1), ...taughtBy });
export type Teacher = z.infer<typeof teacherSchema>;

/** Scorers as teachers, with all that had taught them. Those that do not say what they learnt from are left out. */
export function teachersOf(
  scorers: Iterable<
    NamedScorer & { readonly learntFrom: (Omit<Teacher, 'rater'> & { teachers?: Teacher[] | undefined }) | null }
  >,
): Teacher[] {
  return joinTeachers(
    [...scorers].flatMap((scorer) => {
      if (!scorer.learntFrom) return [];
      const { raters, prompts, teachers = [] } = scorer.learntFrom;
      return [{ rater: scorerRater(scorer), raters, prompts }, ...teachers];
    }),
  );
}

/** Each rater once, sorted; of one that is there twice, all that it is said to have learnt from. */
export function joinTeachers(teachers: Iterable<Teacher>): Teacher[] {
  const byRater = new Map<string, Teacher>();
  const all = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])].sort();
  for (const { rater, raters, prompts } of teachers) {
    const before = byRater.get(rater);
    byRater.set(rater, {
      rater,
      raters: all(raters, before?.raters ?? []),
      prompts: all(prompts, before?.prompts ?? []),
    });
  }
  return [...byRater.values()].sort((a, b) => (a.rater < b.rater ? -1 : 1));
}

/** Those of the known teachers that are among these raters, or have taught one of them at any remove. */
export function teachersBehind(raters: Iterable<string>, known: readonly Teacher[]): Teacher[] {
  const byRater = new Map(joinTeachers(known).map((of) => [of.rater, of]));
  const found = new Set<string>();
  const waiting = [...raters];
  for (let rater = waiting.pop(); rater !== undefined; rater = waiting.pop()) {
    const teacher = byRater.get(rater);
    if (!teacher || found.has(rater)) continue;
    found.add(rater);
    waiting.push(...teacher.raters);
  }
  return [...byRater.values()].filter(({ rater }) => found.has(rater));
}

/** In a folder of comparisons; beside a file of them, its name stands before. */
export const teachersName = 'scorers.json';

/** Writes what the scorers of a set had learnt from beside it; nothing where there are none. */
export async function writeTeachers(path: string, teachers: readonly Teacher[]): Promise<void> {
  if (teachers.length > 0) await writeFileAtomic(await placeBeside(path), teachersText(teachers));
}

export const teachersText = (teachers: readonly Teacher[]): string => `${JSON.stringify(teachers, null, 1)}\n`;

/**
 * What is said beside a set of the scorers that made its comparisons. What a scorer had learnt from goes by its identity, so that a file which
 * outlived another set of this name says nothing wrong.
 * @throws Error naming the file, where it is damaged
 */
export async function readTeachers(path: string): Promise<Teacher[]> {
  const beside = await placeBeside(path);
  const text = await readFile(beside, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (text === null) return [];
  try {
    return z.array(teacherSchema).parse(JSON.parse(text));
  } catch (error) {
    const what = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Error(
      `${beside} does not say what the scorers of ${path} had learnt from: ${what}. Copy the set again, or label again.`,
      { cause: error },
    );
  }
}

async function placeBeside(path: string): Promise<string> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  return isFolder ? join(path, teachersName) : `${path}.${teachersName}`;
}
