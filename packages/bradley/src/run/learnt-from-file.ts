import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@bradley/formats';
import { type LearntFrom, learntFromSchema } from '@bradley/preferences';
import { z } from 'zod';

/** In the folder of a run, or of a model that LoRAs were merged into: whose comparisons it trains on, and on which prompts. */
export const learntFromFile = 'learnt-from.json';

export const learntFromText = (seen: LearntFrom): string => `${JSON.stringify(seen, null, 1)}\n`;

export async function writeLearntFrom(folder: string, seen: LearntFrom): Promise<void> {
  await writeFileAtomic(join(folder, learntFromFile), learntFromText(seen));
}

/**
 * What the run or the model in a folder learnt from; null where there is no such file.
 * @throws Error naming the file, where it is damaged
 */
export async function readLearntFrom(folder: string): Promise<LearntFrom | null> {
  const path = join(folder, learntFromFile);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return learntFromSchema.parse(JSON.parse(text));
  } catch (error) {
    const what = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Error(`${path} does not say what was learnt from: ${what}`, { cause: error });
  }
}
