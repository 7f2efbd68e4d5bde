import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The pictures of a validation: their grid `validation/step-000100.png`, and a folder of that name with each of them. */
export interface Grid {
  readonly step: number;
  readonly path: string;
}

export const validationFolder = 'validation';

/** In that folder: the page of all steps so far. */
export const validationPage = 'index.html';

/** What belongs to a step is called after it, so that names sort as steps do. */
export const stepName = (step: number): string => `step-${String(step).padStart(6, '0')}`;

/** The grids of a run, by their steps. */
export async function savedGrids(run: string): Promise<Grid[]> {
  return (await stepsOf(run)).flatMap(({ step, name }) =>
    name.endsWith('.png') ? [{ step, path: join(run, validationFolder, name) }] : [],
  );
}

/**
 * Removes the pictures of later steps than `step`, or of all for null: a run that goes on from there makes them again. What
 * does not belong to a step stays, such as the base model's pictures; but not the page, which shows what is gone.
 */
export async function rewindPictures(run: string, step: number | null): Promise<void> {
  const gone = (await stepsOf(run)).filter(({ step: of }) => step === null || of > step).map(({ name }) => name);
  for (const name of gone.length > 0 ? [...gone, validationPage] : [])
    await rm(join(run, validationFolder, name), { recursive: true, force: true });
}

async function stepsOf(run: string): Promise<{ step: number; name: string }[]> {
  const names = await readdir(join(run, validationFolder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  return names
    .flatMap((name) => {
      const digits = /^step-(\d{6,})(\.png)?$/.exec(name)?.[1];
      return digits === undefined ? [] : [{ step: Number(digits), name }];
    })
    .sort((a, b) => a.step - b.step);
}
