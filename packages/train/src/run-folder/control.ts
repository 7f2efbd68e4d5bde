import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeFileAtomic } from '@bradley/formats';
import { z } from 'zod';
import { readJson } from './json-file.js';

const controlSchema = z.strictObject({ pause: z.boolean().default(false), stop: z.boolean().default(false) });

/** What others ask of a run. Its process reads this between steps; it is the only file of the folder it never writes. */
export type RunControl = Readonly<z.infer<typeof controlSchema>>;

const controlPath = (folder: string) => join(folder, 'control.json');

/**
 * What is asked of the run now. A person may be in the middle of saving the file, so one that does not parse is read
 * again for half a second before that is an error.
 */
export async function readControl(folder: string): Promise<RunControl> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await readJson(controlPath(folder), controlSchema)) ?? { pause: false, stop: false };
    } catch (error) {
      if (attempt === 5) throw error;
      await sleep(100);
    }
  }
}

/** Asks the run to stop, pause or go on; it answers at its next step. */
export async function askRun(folder: string, control: RunControl): Promise<void> {
  await writeFileAtomic(controlPath(folder), `${JSON.stringify(control)}\n`);
}

/** Forgets what was asked of an earlier process. Whoever starts the next one does this before starting it. */
export const clearControl = (folder: string): Promise<void> => rm(controlPath(folder), { force: true });
