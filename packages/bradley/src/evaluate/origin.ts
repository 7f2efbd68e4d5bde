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
  return record && originOf(record, await readLearntFrom(dirname(path)));
}

/**
 * What a model learnt from, by itself where it was fine-tuned or LoRAs were merged into it (its folder's file, a single file's metadata), else by
 * the folder of the run that it lies in. Null for one that does not say, such as a published one.
 */
export async function originOfModel(path: string): Promise<Origin | null> {
  const here = await stat(path).catch(() => null);
  if (!here) return null;
  const own = here.isDirectory()
    ? await readLearntFrom(path)
    : extname(path) === '.safetensors'
      ? await originOfLora(path)
      : null;
  return own ?? readLearntFrom(dirname(path));
}

/** What is known of a model with these LoRAs in its weights. A model that says nothing has learnt no preferences, a LoRA has. */
export async function originOfMerged(model: string, loras: readonly string[]): Promise<LearntFrom> {
  return originOver(model, await Promise.all(loras.map(originOfLora)));
}

/** What is known of a model and of what is laid over it. */
export async function originOver(model: string, own: readonly (Origin | null)[]): Promise<LearntFrom> {
  const before = (await originOfModel(model)) ?? { raters: [], prompts: [] };
  return joinLearntFrom(...[before, ...own].map(learntFromOf));
}

/** What goes into what is made of something of this origin: all that is known, and that it is not all, where that is so. */
export function learntFromOf(origin: Origin | null): LearntFrom {
  if (!origin) return { raters: [], prompts: [], incomplete: true };
  const { raters, prompts, teachers, incomplete } = origin;
  const isKnown = !incomplete && [prompts, ...(teachers ?? []).map((of) => of.prompts)].every((list) => list !== null);
  return {
    raters: [...raters],
    prompts: [...(prompts ?? [])],
    ...(teachers && {
      teachers: teachers.map((of) => ({ rater: of.rater, raters: [...of.raters], prompts: [...(of.prompts ?? [])] })),
    }),
    ...(isKnown ? {} : { incomplete: true as const }),
  };
}

/** @param beside what the run says, whose prompts are a record's where they have its digest */
function originOf(record: LearntFromRecord, beside: LearntFrom | null): Origin {
  const promptsOf = (
    of: Pick<LearntFromRecord, 'prompts' | 'promptDigest'>,
    own: Pick<LearntFrom, 'prompts'> | null | undefined,
  ) => of.prompts ?? (own && recordsPrompts(of, own) ? own.prompts : null);
  const { raters, teachers, incomplete } = record;
  return {
    raters,
    prompts: promptsOf(record, beside),
    ...(teachers && {
      teachers: teachers.map((of) => ({
        rater: of.rater,
        raters: of.raters,
        prompts: promptsOf(
          of,
          beside?.teachers?.find(({ rater }) => rater === of.rater),
        ),
      })),
    }),
    ...(incomplete && { incomplete }),
  };
}
