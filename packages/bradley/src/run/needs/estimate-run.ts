import type { ResolveOptions } from '@bradley/formats';
import type { DiffusionModel } from '@bradley/models';
import { objectiveNamed } from '@bradley/objectives';
import type { RunConfig } from '../../config/run-config.js';
import { modelOptionsOf, openModel } from '../../open-model.js';
import { isOrdered, loadGroups } from '../load-groups.js';
import { type DataCounts, type RunNeeds, runNeeds } from './run-needs.js';

/** What a run will need in memory, from its config, the headers of its model and the records of its data. */
export async function estimateRun(config: RunConfig, fetch: ResolveOptions = {}): Promise<RunNeeds> {
  const model: DiffusionModel = await openModel(config.model, { ...fetch, ...modelOptionsOf(config) });
  return runNeeds(config, model, await countData(config));
}

/** How much a run has to encode: of what it trains on, and of the held-out comparisons that it judges. */
export async function countData({ data, objective, validate }: RunConfig): Promise<DataCounts> {
  const { train, heldOut } = await loadGroups(data, objectiveNamed(objective.name));
  const judged = validate.every === null ? [] : heldOut.filter(isOrdered).slice(0, validate.pairs);
  const all = [...train, ...judged];
  return {
    groups: train.length + data.carryOver,
    sides: all.reduce((most, { candidates }) => Math.max(most, candidates.length), 2),
    pictures: new Set(all.flatMap(({ candidates }) => candidates.map(({ media }) => media))).size + 2 * data.carryOver,
    prompts: new Set(all.map(({ prompt }) => prompt)).size + data.carryOver,
    softLabels: train.some(({ phi }) => phi[0] !== 1),
  };
}
