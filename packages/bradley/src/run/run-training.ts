import { join } from 'node:path';
import { cacheFolder } from '@bradley/formats';
import { joinLearntFrom, type LearntFrom } from '@bradley/preferences';
import {
  appendMetrics,
  contentCache,
  inRun,
  type OpenRun,
  type Proceed,
  readRunConfig,
  trainPreferences,
} from '@bradley/train';
import { parseRunConfig } from '../config/load-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { learntFromOf, originOfModel } from '../evaluate/origin.js';
import { modelOptionsOf, openModel } from '../open-model.js';
import { tables } from '../tables.js';
import { bucketTable } from './bucket-table.js';
import { dataOfRun } from './carried-data.js';
import { frozenModel } from './frozen-model.js';
import { groupEncoder } from './group-encoder.js';
import { writeLearntFrom } from './learnt-from-file.js';
import { isOrdered, loadGroups } from './load-groups.js';
import { referencePass } from './reference-pass.js';
import { settingsOf } from './settings.js';
import { passOfRun } from './slow-pass.js';
import { validation } from './validation.js';
import { writeResult } from './write-result.js';

/**
 * Trains the run in a folder to its end, or until it is asked to stop; the process that calls this is the folder's only
 * writer. A run that was killed goes on from its newest checkpoint, bit for bit.
 */
export async function runTraining(folder: string): Promise<'finished' | 'stopped'> {
  const config = parseRunConfig(await readRunConfig(folder), join(folder, 'run.yaml'), {}, tables);
  return inRun(folder, config.train.steps, (run) => train(run, config));
}

async function train(run: OpenRun, config: RunConfig): Promise<'finished' | 'stopped'> {
  const model = await openModel(config.model, { ...modelOptionsOf(config), offline: true }); // startRun has fetched it
  const settings = settingsOf(config);
  const step = run.resume?.manifest.step ?? 0;
  const say = (message: string): Promise<void> => appendMetrics(run.metrics, { step, message });
  const pass = (what: string): Proceed => passOfRun(run, say, what);
  const path = await dataOfRun(run, model, config, { say, pass });
  if (path === null) return 'stopped';
  const groups = await loadGroups({ ...config.data, path }, settings.objective);
  if (groups.refused > 0) await say(`${groups.refused} rows were refused: npx bradley data check ${path}`);
  const seen = await learntSoFar(config, groups.learntFrom);
  await writeLearntFrom(run.folder, seen);
  const cache = contentCache(cacheFolder(config.train.device));
  const encode = groupEncoder(model, config, groups.source, { cache, pass });
  const dataset = await encode(groups.train);
  if (!dataset) return 'stopped';
  if (dataset.shapes.length > 1) for (const line of bucketTable(dataset, settings.batch)) await say(line);
  const frozen = await frozenModel(model, config.train.frozenWeights, say);
  const references = await referencePass(frozen, dataset, settings, { cache, pass });
  if (references === 'stopped') return 'stopped';
  // The first ones, so that validations of a run compare.
  const judged = groups.heldOut.filter(isOrdered).slice(0, config.validate.pairs);
  const validated = judged.length > 0 && config.validate.every !== null;
  const heldOut = validated ? await encode(judged) : null;
  if (validated && !heldOut) return 'stopped';
  const trained = groups.train.map(({ prompt }) => prompt);
  const validates = validation(run, frozen, config, heldOut, trained);
  const { status, parameters, average } = await trainPreferences(run, model, dataset, {
    ...settings,
    frozen: frozen.unet,
    ...(references ? { references } : {}),
    ...(validates ? { validation: validates } : {}),
  });
  if (status === 'finished')
    await writeResult(run.folder, model, config.adapter, parameters, average ?? parameters.values, seen);
  return status;
}

/** A whole model has in it what the run learnt that it goes on from. A LoRA is laid over that model: it adds its own. */
async function learntSoFar({ model, adapter }: RunConfig, own: LearntFrom): Promise<LearntFrom> {
  const before = adapter.kind === 'full' ? await originOfModel(model) : null;
  return before ? joinLearntFrom(learntFromOf(before), own) : own;
}
