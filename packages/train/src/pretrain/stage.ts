import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fit, type Job } from '../loop.js';
import { openLearner } from '../open-learner.js';
import { initialise, type ParameterBuffer, parameterBuffer, viewsOf } from '../parameter-buffer.js';
import { clearControl } from '../run-folder/control.js';
import { closeRun, createRun, openRun } from '../run-folder/run-folder.js';
import type { LossGraph } from '../step/compiled-step.js';
import type { TrainingRecipe } from './recipe.js';

/** The averaged weights of a finished stage, by name; null when the stage was asked to stop. */
export type StageResult = Readonly<Record<string, Float32Array>> | null;

/** Trains one network of a recipe in a run folder of its own, or goes on with it. */
export async function trainStage(
  folder: string,
  of: LossGraph,
  recipe: TrainingRecipe,
  { batch, threads, runConfig }: { batch: Job['batch']; threads: number | undefined; runConfig: string },
): Promise<StageResult> {
  if (!(await exists(join(folder, 'run.yaml')))) await createRun(folder, runConfig);
  await clearControl(folder);
  const run = await openRun(folder, recipe.steps);
  try {
    const parameters: ParameterBuffer = parameterBuffer(of.trainables);
    initialise(parameters, of.trainables, recipe.seed);
    const learner = await openLearner(of, parameters, {
      optimizer: 'adamw',
      optimizerOptions: { betas: recipe.betas, eps: 1e-8, weightDecay: recipe.weightDecay },
      average: true,
      ...(threads ? { threads } : {}),
    });
    const { status, average } = await fit(
      run,
      { learner, parameters, batch, examplesPerStep: recipe.batch, inspect: stopAtNaN },
      {
        steps: recipe.steps,
        accumulate: 1,
        maxNorm: recipe.maxNorm,
        learningRate: recipe.learningRate,
        schedule: recipe.schedule,
        warmup: recipe.warmup,
        ema: { decay: recipe.emaDecay },
        checkpointEvery: recipe.checkpointEvery,
        keep: 2,
      },
    );
    await learner.release();
    await closeRun(run, { status });
    return status === 'finished' ? viewsOf(parameters.segments, average ?? parameters.values) : null;
  } catch (error) {
    await closeRun(run, { status: 'failed', error: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

function stopAtNaN(step: number, metrics: Readonly<Record<string, number>>): undefined {
  if (!Number.isFinite(metrics.loss) || !Number.isFinite(metrics.gradientNorm))
    throw new Error(`step ${step}: the loss is ${metrics.loss}. Lower the learning rate, or warm up for longer.`);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
