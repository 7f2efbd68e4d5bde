import { join } from 'node:path';
import type { DiffusionModel } from '@bradley/models';
import { openComparisons } from '@bradley/preferences';
import type { OpenRun, Proceed } from '@bradley/train';
import { carryOver, planCarryOver } from '../arena/carry-over.js';
import { openDrawer } from '../arena/drawing/open-drawer.js';
import type { RunConfig } from '../config/run-config.js';
import { unknownWords } from '../unknown-words.js';

/** As the arena draws its pairs. */
const drawing = { steps: 16, guidance: 3 };

/**
 * What a run trains on: its comparisons, or, with `data.carryOver`, those and pairs of other prompts, which are drawn into the run's
 * folder first. A run that was killed meanwhile goes on where it was.
 *
 * @returns null when the run was asked to stop
 */
export async function dataOfRun(
  run: OpenRun,
  model: DiffusionModel,
  { data, model: path, train }: RunConfig,
  { say, pass }: { say(message: string): Promise<void>; pass(what: string): Proceed },
): Promise<string | null> {
  if (data.carryOver === 0) return data.path;
  const source = await openComparisons(data.path);
  const plan = await planCarryOver(source, data.carryOver, (prompt) => unknownWords(model, prompt));
  if (plan.pairs.length === 0) {
    await say('the choices say nothing of looks that could be carried over to other prompts');
    return data.path;
  }
  const drawer = await openDrawer(path, train.threads === null ? {} : { threads: train.threads });
  try {
    const proceed = pass('drawing pairs like those that you chose between');
    return await carryOver(source, plan, { output: join(run.folder, 'carried'), drawer, ...drawing, proceed });
  } finally {
    await drawer.close();
  }
}
