import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openSafetensors } from '@bradley/formats';
import { type LearntFrom, type LearntFromRecord, readLearntFromMetadata, recordsPrompts } from '@bradley/preferences';
import { readLearntFrom } from '../run/learnt-from-file.js';

/** What an adapter or model learnt from, as far as it says. */
export interface Origin {
  readonly raters: readonly string[];
  /** Keys of its prompts; null where it says only how many they are. */
  readonly prompts: readonly string[] | null;
}

/**
 * What a LoRA file learnt from: by its metadata, and by the folder of the run that it lies in where there are too many prompts
 * for that. Null where it does not say.
 */
export async function originOfLora(path: string): Promise<Origin | null> {
  const record = readLearntFromMetadata((await openSafetensors(path)).metadata, path);
  if (!record) return null;
  return { raters: record.raters, prompts: record.prompts ?? (await promptsBeside(path, record)) };
}

/** What a fully trained model learnt from, by the folder of its run, which it lies in. Null for one that lies elsewhere, such as a published one. */
export async function originOfModel(path: string): Promise<LearntFrom | null> {
  const here = await stat(path).catch(() => null);
  return here ? readLearntFrom(dirname(path)) : null;
}

async function promptsBeside(path: string, record: LearntFromRecord): Promise<readonly string[] | null> {
  const beside = await readLearntFrom(dirname(path));
  return beside && recordsPrompts(record, beside) ? beside.prompts : null;
}
