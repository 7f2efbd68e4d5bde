import { GuardError } from '../preference/guards.js';
import { closeRun, type OpenRun, openRun } from './run-folder.js';

/**
 * Opens the run of a folder, does its work, and writes down how it ended: finished, stopped, or failed with the reason. The process
 * that calls this is the folder's only writer.
 *
 * @param steps of the whole run
 * @throws whatever the work throws, once it stands in the folder
 */
export async function inRun<Status extends 'finished' | 'stopped'>(
  folder: string,
  steps: number,
  work: (run: OpenRun) => Promise<Status>,
): Promise<Status> {
  const run = await openRun(folder, steps);
  try {
    const status = await work(run);
    await closeRun(run, { status });
    return status;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await closeRun(run, { status: 'failed', error: error instanceof GuardError ? `${message} (${folder})` : message });
    throw error;
  }
}
