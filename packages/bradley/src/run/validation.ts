import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { implicitMargins } from '@bradley/evaluate';
import { fromModelRange, imageGrid, writeFileAtomic } from '@bradley/formats';
import { type DiffusionModel, openImageSampler, type SamplingAdapter } from '@bradley/models';
import { appendMetrics, type Job, type OpenRun, type PairDataset } from '@bradley/train';
import type { RunConfig } from '../config/run-config.js';
import { deviceOptions } from './device-options.js';

/** Pairs that a validation looks at, at most. */
const mostPairs = 64;
/** Prompts that are sampled where the config names none. */
const fewPrompts = 6;

/**
 * Validation of a LoRA run on held-out prompts: implicit accuracy with its count, as a record of the metrics and as the
 * checkpoint's score, and a picture grid `validation/step-000100.png`, one row a prompt. Null where the config wants none.
 */
export function validation(
  run: OpenRun,
  folder: DiffusionModel,
  config: RunConfig,
  heldOut: () => Promise<PairDataset | null>,
): Job['validate'] | null {
  const { every, prompts, seeds, sampler, steps, guidance } = config.validate;
  const { adapter } = config;
  if (every === null || adapter.kind !== 'lora') return null; // the config does not allow one without the other
  const session = deviceOptions(config.train);
  return async (step, parameters) => {
    if (step % every !== 0 && step !== config.train.steps) return null;
    const { views } = await parameters();
    const policy: SamplingAdapter = { config: adapter, tensors: views };
    const dataset = await heldOut();
    let accuracy: number | null = null;
    if (dataset) {
      const margins = await implicitMargins(folder, policy, dataset, { draws: 4, seed: config.train.seed, ...session });
      const right = margins.filter((margin) => margin > 0).length;
      accuracy = right / margins.length;
      await appendMetrics(run.metrics, { step, heldOutAccuracy: accuracy, heldOutPairs: margins.length });
    }
    const shown = prompts.length
      ? prompts
      : [...new Set(dataset?.pairs.map(({ prompt }) => prompt))].slice(0, fewPrompts);
    if (shown.length) {
      const images = await openImageSampler(folder, { adapter, ...session });
      const each = shown.flatMap((prompt) => seeds.map((seed) => ({ prompt, seed })));
      const sampled = await images.sample({
        prompts: each.map(({ prompt }) => prompt),
        seeds: each.map(({ seed }) => seed),
        sampler,
        steps,
        guidance,
        adapter: policy,
      });
      await images.release();
      const pictures = sampled.map(({ width, height, data }) => ({ width, height, data: fromModelRange(data) }));
      await mkdir(join(run.folder, 'validation'), { recursive: true });
      const name = `step-${String(step).padStart(6, '0')}.png`;
      await writeFileAtomic(join(run.folder, 'validation', name), await imageGrid(pictures, seeds.length));
    }
    return accuracy;
  };
}

/** Which held-out pairs are looked at: the first ones, so that validations of a run compare. */
export const validationPairs = <Pair>(pairs: readonly Pair[]): readonly Pair[] => pairs.slice(0, mostPairs);
