import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type LearntFrom, learntFromSchema } from './learnt-from.js';

/** The key of a safetensors file's metadata under which an adapter says what it learnt from. */
export const learntFromKey = 'bradley.learnt_from';

/** More prompts than this are not listed in metadata, which tools read whole: 16 bytes each. */
const mostListed = 4096;

const lesson = {
  raters: learntFromSchema.shape.raters,
  promptCount: z.int().nonnegative(),
  /** SHA-256 of the keys, joined. */
  promptDigest: z.string().regex(/^[0-9a-f]{64}$/),
  prompts: learntFromSchema.shape.prompts.optional(),
};

/**
 * What metadata says: always who made the comparisons and on how many prompts; which prompts, where they are few. The same of each teacher, whose
 * prompts are listed as long as all that are listed are few.
 */
const recordSchema = z.strictObject({
  ...lesson,
  teachers: z.array(z.strictObject({ rater: z.string().min(1), ...lesson })).optional(),
  incomplete: learntFromSchema.shape.incomplete,
});
export type LearntFromRecord = z.infer<typeof recordSchema>;

/** The entry of metadata for what was learnt from. */
export function learntFromMetadata({ raters, prompts, teachers, incomplete }: LearntFrom): Record<string, string> {
  let room = mostListed;
  const lessonOf = (of: Pick<LearntFrom, 'raters' | 'prompts'>) => {
    const isListed = of.prompts.length <= room;
    if (isListed) room -= of.prompts.length;
    return {
      raters: of.raters,
      promptCount: of.prompts.length,
      promptDigest: digestOfPrompts(of.prompts),
      ...(isListed ? { prompts: of.prompts } : {}),
    };
  };
  const record: LearntFromRecord = {
    ...lessonOf({ raters, prompts }),
    ...(teachers ? { teachers: teachers.map((of) => ({ rater: of.rater, ...lessonOf(of) })) } : {}),
    ...(incomplete ? { incomplete } : {}),
  };
  return { [learntFromKey]: JSON.stringify(record) };
}

/**
 * What metadata says of what was learnt from, or null where it says nothing.
 * @throws Error naming `where` for an entry that does not say it
 */
export function readLearntFromMetadata(
  metadata: Readonly<Record<string, string>>,
  where: string,
): LearntFromRecord | null {
  const text = metadata[learntFromKey];
  if (text === undefined) return null;
  const { data, error } = z.preprocess(jsonOf, recordSchema).safeParse(text);
  if (!data) throw new Error(`${where}: its metadata ${learntFromKey} is damaged: ${z.prettifyError(error)}`);
  return data;
}

/** Whether a record is of these prompts. */
export function recordsPrompts(
  record: Pick<LearntFromRecord, 'promptDigest'>,
  { prompts }: Pick<LearntFrom, 'prompts'>,
): boolean {
  return record.promptDigest === digestOfPrompts(prompts);
}

function digestOfPrompts(prompts: readonly string[]): string {
  return createHash('sha256').update(prompts.join('')).digest('hex');
}

function jsonOf(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return text;
  }
}
