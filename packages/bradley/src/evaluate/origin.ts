import { stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import type { Origin } from '@bradley/evaluate';
import { openSafetensors } from '@bradley/formats';
import {
  joinLearntFrom,
  type LearntFrom,
  type LearntFromRecord,
  readLearntFromMetadata,
  recordsPrompts,
} from '@bradley/preferences';
import { readLearntFrom } from '../run/learnt-from-file.js';

/**
 * What a LoRA file learnt from: by its metadata, and by the folder of the run that it lies in where there are too many prompts
 * for that. Null where it does not say.
 */
export async function originOfLora(path: string): Promise<Origin | null> {
  const record = readLearntFromMetadata((await openSafetensors(path)).metadata, path);
  if (!record) return null;
  const beside = await readLearntFrom(dirname(path));
  /** A record's prompts, or those of the same lesson of the run, known by their digest. */
  const promptsOf = (
    of: Pick<LearntFromRecord, 'prompts' | 'promptDigest'>,
    own: Pick<LearntFrom, 'prompts'> | null | undefined,
  ) => of.prompts ?? (own && recordsPrompts(of, own) ? own.prompts : null);
  return {
    raters: record.raters,
    prompts: promptsOf(record, beside),
    ...(record.teachers && {
      teachers: record.teachers.map((of) => ({
        rater: of.rater,
        raters: of.raters,
        prompts: promptsOf(
          of,
          beside?.teachers?.find(({ rater }) => rater === of.rater),
        ),
      })),
    }),
  };
}

/**
 * What a model learnt from, by itself where LoRAs were merged into it (its folder's file, a single file's metadata), else by the folder of the run
 * that it lies in. Null for one that does not say, such as a published one.
 */
export async function originOfModel(path: string): Promise<LearntFrom | null> {
  const here = await stat(path).catch(() => null);
  if (!here) return null;
  const own = here.isDirectory() ? await readLearntFrom(path) : await inMetadata(path);
  return own ?? readLearntFrom(dirname(path));
}

async function inMetadata(path: string): Promise<LearntFrom | null> {
  if (extname(path) !== '.safetensors') return null;
  const record = readLearntFromMetadata((await openSafetensors(path)).metadata, path);
  return record && wholeRecord(record);
}

/** What is known of a model with these LoRAs in its weights; null where one of them does not say it all. */
export async function originOfMerged(model: string, loras: readonly string[]): Promise<LearntFrom | null> {
  const before = (await originOfModel(model)) ?? { raters: [], prompts: [] };
  const learnt = await Promise.all(loras.map(originOfLora));
  const whole = learnt.map((one) => one && wholeRecord(one));
  return whole.includes(null) ? null : joinLearntFrom(before, ...(whole as LearntFrom[]));
}

/** With all prompts, its own and of all teachers; null where they are not listed. */
function wholeRecord({ raters, prompts, teachers = [] }: OriginOrRecord): LearntFrom | null {
  const listed = teachers.flatMap((of) =>
    of.prompts ? [{ rater: of.rater, raters: [...of.raters], prompts: [...of.prompts] }] : [],
  );
  if (!prompts || listed.length < teachers.length) return null;
  return { raters: [...raters], prompts: [...prompts], ...(listed.length > 0 ? { teachers: listed } : {}) };
}

type Lesson = { readonly raters: readonly string[]; readonly prompts?: readonly string[] | null | undefined };
type OriginOrRecord = Lesson & { readonly teachers?: readonly (Lesson & { readonly rater: string })[] | undefined };
