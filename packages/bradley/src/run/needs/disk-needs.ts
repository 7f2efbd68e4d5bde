import type { DiffusionModel } from '@bradley/models';
import { optimizers, parameterBuffer, plannedFrozenPart, policyGraph } from '@bradley/train';
import type { RunConfig } from '../../config/run-config.js';
import { settingsOf } from '../settings.js';
import type { Part } from './part.js';
import { type DataCounts, datasetOf, encodedBytes } from './run-needs.js';

/** Prompts that a validation samples where the config names none, at most. */
const fewPrompts = 6;

/** What a run writes, by part: to its folder, and to the cache of encoded data, which other runs share. */
export interface DiskNeeds {
  readonly folder: readonly Part[];
  readonly cache: readonly Part[];
}

/** What a run needs on disk at most; pictures count as if they did not compress. */
export function diskNeeds(config: RunConfig, model: DiffusionModel, counts: DataCounts): DiskNeeds {
  const settings = settingsOf({ ...config, train: { ...config.train, device: 'cpu' } });
  const frozen = plannedFrozenPart(model.unet, config.train.frozenWeights);
  const dataset = datasetOf(model, config, counts);
  const { segments, values } = parameterBuffer(policyGraph(model, dataset, { ...settings, frozen }, 0).trainables);
  const parameters = 4 * values.length;
  const state = Object.values(optimizers[settings.optimizer].create(segments, settings.optimizerOptions).state);
  const each =
    parameters * (settings.plan.ema ? 2 : 1) + state.reduce((total, { byteLength }) => total + byteLength, 0);
  const { validate, train, adapter } = config;
  // The best is kept besides, where validation gives scores, and a new one is whole before an old one goes.
  const kept = Math.min(
    train.keep + (validate.every === null ? 1 : 2),
    Math.ceil(train.steps / train.checkpointEvery) + 1,
  );
  const lora = adapter.kind === 'lora';
  const folder: Part[] = [
    { name: `${kept} checkpoints, one of them being written`, bytes: kept * each },
    {
      name: lora ? 'the LoRA, in two layouts' : 'the model',
      bytes: lora ? 2 * parameters : parameters + restOf(model),
    },
    ...(validate.every === null
      ? []
      : [{ name: 'validation pictures', bytes: pictureBytes(config, dataset.shapes[0]?.height ?? 0) }]),
  ];
  const cache: Part[] = [{ name: 'encoded pictures and prompts', bytes: encodedBytes(dataset, counts) }];
  const rounded = [...frozen.tensors].filter(([name, tensor]) => model.unet.tensors.get(name) !== tensor);
  if (rounded.length > 0)
    cache.push({
      name: `frozen weights in ${train.frozenWeights}`,
      bytes: rounded.reduce((total, [, { byteLength }]) => total + byteLength, 0),
    });
  return { folder, cache };
}

/** Of the parts that are copied as they are. */
function restOf({ vae, textEncoders }: DiffusionModel): number {
  return [vae, ...textEncoders].reduce(
    (total, { tensors }) => total + [...tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
    0,
  );
}

/** Each picture lies there alone and in its grid, which has the base's beside it. */
function pictureBytes({ validate, train }: RunConfig, resolution: number): number {
  const rows = (validate.prompts.length || fewPrompts) * validate.seeds.length;
  const side = validate.size ?? resolution;
  const times = 2 + Math.floor(train.steps / (validate.every ?? train.steps));
  return times * rows * 3 * (3 * side * side);
}
