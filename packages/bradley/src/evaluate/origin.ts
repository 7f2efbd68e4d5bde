import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Origin } from '@bradley/evaluate';
import { openSafetensors } from '@bradley/formats';
import { type LearntFrom, type LearntFromRecord, readLearntFromMetadata, recordsPrompts } from '@bradley/preferences';
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

/** What a fully trained model learnt from, by the folder of its run, which it lies in. Null for one that lies elsewhere, such as a published one. */
export async function originOfModel(path: string): Promise<LearntFrom | null> {
  const here = await stat(path).catch(() => null);
  return here ? readLearntFrom(dirname(path)) : null;
}
