import { implicitAccuracy, judgeGroups } from '@bradley/evaluate';
import type { DiffusionModel, PolicyWeights } from '@bradley/models';
import { objectiveNamed } from '@bradley/objectives';
import { appendMetrics, type GroupDataset, type OpenRun, type Validation } from '@bradley/train';
import type { RunConfig } from '../config/run-config.js';
import { deviceOptions } from './device-options.js';
import { pictureSettings } from './picture-settings.js';
import { settingsOf } from './settings.js';
import { validationPictures } from './validation-pictures.js';

/** Draws of noise and timestep that a held-out comparison is judged by. */
const draws = 4;
/** Prompts that are sampled where the config names none. */
const fewPrompts = 6;

/** What a validation measured on held-out pairs, as a record of the metrics has it. */
export interface HeldOutFacts {
  readonly heldOutLoss: number;
  /** Pairs whose order is known: of each ranking, all that it orders. */
  readonly heldOutPairs: number;
  /** How many rankings they are from; not of data that is pairs. */
  readonly heldOutRankings?: number;
  /** Not of step 0, whose policy is the reference: there is no preference in it yet. */
  readonly heldOutAccuracy?: number;
  readonly heldOutAccuracyLow?: number;
  readonly heldOutAccuracyHigh?: number;
}

/**
 * Validation before the first step, every so many, and after the last: loss and implicit accuracy on held-out comparisons, with their
 * count and interval, as a record of the metrics and as the checkpoint's score; and pictures of fixed prompts and seeds beside the
 * base model's. Null where the config wants none.
 *
 * @param heldOut comparisons on prompts that are not trained on, or null
 * @param trained prompts that are, to sample where there are no others
 */
export function validation(
  run: OpenRun,
  model: DiffusionModel,
  config: RunConfig,
  heldOut: GroupDataset | null,
  trained: readonly string[],
): Validation | null {
  const { adapter, train, validate } = config;
  const { every } = validate;
  if (every === null) return null;
  const prompts = validate.prompts.length
    ? validate.prompts
    : [...new Set(heldOut?.groups.map(({ prompt }) => prompt) ?? trained)].slice(0, fewPrompts);
  const pictures = validationPictures(run, model, pictureSettings(config, prompts));
  return {
    due: (step) => step % every === 0 || step === train.steps,
    async run(step, tensors) {
      const policy: PolicyWeights =
        adapter.kind === 'lora' ? { config: adapter, tensors } : { config: 'full', tensors };
      const facts = heldOut && (await heldOutFacts(model, policy, heldOut, config, step));
      if (facts) await appendMetrics(run.metrics, { step, ...facts });
      await pictures.take(step, policy, facts);
      return facts?.heldOutAccuracy ?? null;
    },
  };
}

async function heldOutFacts(
  model: DiffusionModel,
  policy: PolicyWeights,
  heldOut: GroupDataset,
  config: RunConfig,
  step: number,
): Promise<HeldOutFacts> {
  const { objectiveOptions: options } = settingsOf(config);
  const { batch, seed } = config.train;
  const trained = { objective: objectiveNamed(config.objective.name), options };
  const judged = await judgeGroups(model, policy, heldOut, trained, {
    draws,
    seed,
    batch,
    timesteps: config.train.timesteps,
    ...deviceOptions(config.train),
  });
  const { count, total, interval } = implicitAccuracy(heldOut.groups, judged.rewards);
  const rankings = heldOut.shapes.some(({ sides }) => sides > 2) ? { heldOutRankings: heldOut.groups.length } : {};
  const loss = { heldOutLoss: judged.loss ?? Number.NaN, heldOutPairs: total, ...rankings };
  if (step === 0) return loss;
  const { low, high } = interval;
  return { ...loss, heldOutAccuracy: count / total, heldOutAccuracyLow: low, heldOutAccuracyHigh: high };
}
