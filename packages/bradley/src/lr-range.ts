import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeLearningRateRange } from '@bradley/evaluate';
import { cacheFolder, type ResolveOptions, writeFileAtomic } from '@bradley/formats';
import {
  contentCache,
  findRate,
  openPreferences,
  type RangeFinding,
  rangeRule,
  type SweepPoint,
  sweepLearningRate,
} from '@bradley/train';
import { formatRunConfig } from './config/format-run-config.js';
import type { RunConfig } from './config/run-config.js';
import { frozenModel } from './run/frozen-model.js';
import { groupEncoder } from './run/group-encoder.js';
import { loadGroups } from './run/load-groups.js';
import { settingsOf } from './run/settings.js';
import { slowPass } from './run/slow-pass.js';
import { resolveRun } from './run/start-run.js';
import { tables } from './tables.js';

export interface LearningRateRangeOptions {
  readonly from: number;
  readonly to: number;
  /** Optimiser steps of the sweep. */
  readonly sweep: number;
  /** Micro-batches that the loss is looked at on. */
  readonly probe: number;
  readonly fetch?: ResolveOptions;
  /** Told where preparing the model takes long. */
  readonly onNote?: (message: string) => void;
  readonly onPoint?: (point: SweepPoint, done: number, total: number) => void;
}

export interface LearningRateRange extends RangeFinding {
  /** Beside the folder that the run would have: `<output>-lr-range`. */
  readonly folder: string;
  readonly points: readonly SweepPoint[];
}

/**
 * Learning-rate range test of a run: its model, data, objective, optimiser and batches, and its random numbers, with a learning rate
 * that grows. Writes lr-range.json, lr-range.html and run.yaml; the run itself, its folder and the model are not touched.
 * Fixed draws of noise are not used: the sweep is too short for them.
 */
export async function learningRateRange(
  wanted: RunConfig,
  { from, to, sweep, probe, fetch = {}, onNote, onPoint }: LearningRateRangeOptions,
): Promise<LearningRateRange> {
  if (!(from > 0 && from < to)) throw new RangeError(`a sweep goes up: from ${from} to ${to} does not.`);
  const { config, model } = await resolveRun(wanted, fetch);
  const frozen = await frozenModel(model, config.train.frozenWeights, onNote ?? (() => undefined));
  const settings = { ...settingsOf(config), noiseDraws: null, frozen: frozen.unet };
  const { source, train } = await loadGroups(config.data, settings.objective);
  const cache = contentCache(cacheFolder(config.train.device));
  const pass = (what: string) => slowPass(what, { say: onNote ?? (() => undefined), ask: async () => 'go' as const });
  const dataset = await groupEncoder(model, config, source, { cache, pass })(train);
  const job = await openPreferences(model, dataset, settings);
  const points: SweepPoint[] = [];
  try {
    const { accumulate, maxNorm } = settings.plan;
    const plan = { from, to, steps: sweep, accumulate, maxNorm, probe };
    for await (const point of sweepLearningRate(job, plan)) {
      points.push(point);
      onPoint?.(point, points.length - 1, sweep);
    }
  } finally {
    await job.learner.release();
  }
  const finding = findRate(points);
  const folder = `${config.output}-lr-range`;
  await mkdir(folder, { recursive: true });
  const settingsText = formatRunConfig(config, tables);
  await writeFileAtomic(join(folder, 'run.yaml'), settingsText);
  const { smoothed, ...found } = finding;
  const rows = points.map((point, i) => ({ ...point, smoothed: smoothed[i] ?? null }));
  const record = { from, to, sweep, probe, rule: rangeRule, ...found, points: rows };
  await writeFileAtomic(join(folder, 'lr-range.json'), `${JSON.stringify(record, null, 2)}\n`);
  await writeLearningRateRange(join(folder, 'lr-range.html'), {
    points,
    finding,
    rule: rangeRule,
    settings: {
      model: config.model,
      data: config.data.path,
      objective: config.objective.name,
      optimiser: config.optimizer.name,
      'comparisons a step': config.train.batch * config.train.accumulate,
      'comparisons of the probe': config.train.batch * probe,
    },
  });
  return { ...finding, folder, points };
}
