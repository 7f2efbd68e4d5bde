import type { ResolveOptions } from '@bradley/formats';
import type { DiffusionModel } from '@bradley/models';
import { objectiveNamed } from '@bradley/objectives';
import type { RunConfig } from '../../config/run-config.js';
import { modelOptionsOf, openModel } from '../../open-model.js';
import { loadPairs } from '../load-pairs.js';
import { type DataCounts, type RunNeeds, runNeeds } from './run-needs.js';

/** What a run will need in memory, from its config, the headers of its model and the records of its data. */
export async function estimateRun(config: RunConfig, fetch: ResolveOptions = {}): Promise<RunNeeds> {
  const model: DiffusionModel = await openModel(config.model, { ...fetch, ...modelOptionsOf(config) });
  return runNeeds(config, model, await countData(config));
}

/** How much a run has to encode: of what it trains on, and of the held-out pairs that it judges. */
export async function countData({ data, objective, validate }: RunConfig): Promise<DataCounts> {
  const { train, heldOut } = await loadPairs(data, objectiveNamed(objective.name).usesTies);
  const judged = validate.every === null ? [] : heldOut.filter(({ p }) => p > 0.5).slice(0, validate.pairs);
  const all = [...train, ...judged];
  return {
    pairs: train.length + data.carryOver,
    pictures: new Set(all.flatMap(({ chosen, rejected }) => [chosen.media, rejected.media])).size + 2 * data.carryOver,
    prompts: new Set(all.map(({ prompt }) => prompt)).size + data.carryOver,
    softLabels: train.some(({ p }) => p !== 1),
  };
}
