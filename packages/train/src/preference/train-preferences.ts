import {
  checkpointStore,
  type DiffusionModel,
  type LoraConfig,
  loraStore,
  type ParameterStore,
  type Part,
  type Trainable,
  trainableStore,
  type UNetConfig,
  unetNetwork,
} from '@bradley/models';
import type { DeviceName } from '@bradley/runtime';
import { fit, type Job, type Plan, type Validation } from '../loop.js';
import { openLearner } from '../open-learner.js';
import type { OptimizerName } from '../optimizers/index.js';
import { initialise, type ParameterBuffer, parameterBuffer } from '../parameter-buffer.js';
import { readRecords } from '../run-folder/metrics.js';
import type { OpenRun } from '../run-folder/run-folder.js';
import type { LossGraph } from '../step/compiled-step.js';
import { denoisingLoss } from '../step/denoising.js';
import { loadFrozen } from './full-start.js';
import { type BatchSettings, denoisingShapes, groupBatches, orderOf, type ReferenceErrors } from './group-batches.js';
import type { GroupDataset, GroupShapes } from './group-dataset.js';
import { type GuardOptions, guards } from './guards.js';

/** What is trained of the UNet. */
export type AdapterSettings =
  | ({ readonly kind: 'lora'; readonly seed: number } & LoraConfig)
  | { readonly kind: 'full' };

/** Everything about a preference run but its data. */
export interface PreferenceSettings extends BatchSettings {
  readonly objectiveOptions: Readonly<Record<string, unknown>>;
  readonly adapter: AdapterSettings;
  readonly optimizer: OptimizerName;
  readonly optimizerOptions: Readonly<Record<string, unknown>>;
  readonly plan: Plan;
  readonly guards: GuardOptions;
  /** Shapes of batches whose compiled step stays in memory. */
  readonly stepsLoaded: number;
  /** Where to compute, and to keep the state if it can. Default the CPU. */
  readonly device?: DeviceName;
  readonly threads?: number;
  /** Compute the insides of the UNet's blocks again on the way back: less memory, a third more work. */
  readonly recompute: boolean;
  /** Where frozen weights are read: the base of a LoRA, and the reference. Default the model's own: see `frozenPart`. */
  readonly frozen?: Part<UNetConfig>;
  /** The reference's errors on the fixed draws: see `keepReferenceErrors`. */
  readonly references?: ReferenceErrors;
  readonly validation?: Validation;
}

/** The policy of a run: its graph for batches of the first shape, and its parameters with their starting values. */
export interface Policy {
  readonly lossGraph: LossGraph;
  readonly parameters: ParameterBuffer;
}

/** Builds the step of a run for a dataset's first shape, and the parameters that the steps of all shapes have. */
export async function buildPolicy(
  folder: DiffusionModel,
  dataset: GroupShapes,
  settings: PreferenceSettings,
): Promise<Policy> {
  const { adapter } = settings;
  const lossGraph = policyGraph(folder, dataset, settings, 0);
  const { trainables } = lossGraph;
  if (adapter.kind === 'lora') requireTargets(adapter.targets, trainables);
  const parameters = parameterBuffer(trainables);
  if (adapter.kind === 'lora') initialise(parameters, trainables, adapter.seed);
  else await loadFrozen(parameters, folder.unet);
  return { lossGraph, parameters };
}

/**
 * The step for batches of one shape: policy and, where the objective asks for it, reference, sharing the frozen weights. With
 * fixed draws of noise the reference is not in it: its errors are fed.
 */
export function policyGraph(
  folder: DiffusionModel,
  dataset: GroupShapes,
  settings: PreferenceSettings,
  shape: number,
): LossGraph {
  const { adapter, objective, frozen: read = folder.unet } = settings;
  const frozen = checkpointStore(read.tensors, read.path);
  const policy: ParameterStore & { readonly trainables: readonly Trainable[] } =
    adapter.kind === 'lora' ? loraStore(frozen, adapter) : trainableStore();
  const network = (store: ParameterStore) => unetNetwork(folder.unet.config, store);
  const softLabels = objective.needs.group === 'pair' && dataset.groups.some(({ phi }) => phi[0] !== 1);
  const { loss, metrics } = denoisingLoss(
    objective,
    objective.options.parse(settings.objectiveOptions),
    { policy: network(policy), reference: settings.noiseDraws === null ? network(frozen) : 'fed' },
    { ...denoisingShapes(folder, dataset, shape, settings.batch, settings), softLabels },
  );
  return { loss, metrics, trainables: policy.trainables };
}

/** Every target must name a layer: a misspelt one would be left out silently. */
function requireTargets(targets: readonly string[], trainables: readonly Trainable[]): void {
  const layers = trainables.map(({ name }) => `.${name.replace(/\.lora_[AB]\.weight$/, '')}`);
  const unmatched = targets.filter((target) => !layers.some((layer) => layer.endsWith(`.${target}`)));
  if (unmatched.length > 0)
    throw new RangeError(
      `adapter.targets: no linear layer or convolution of the UNet has a name that ends in ${unmatched.join(', ')}. ` +
        'Targets are ends of layer names, such as to_q, to_out.0, net.2 or proj_in.',
    );
}

/** What a run trains, ready for its first step, and the batches that it will see. */
export async function openPreferences(
  folder: DiffusionModel,
  dataset: GroupDataset,
  settings: PreferenceSettings,
): Promise<Pick<Job, 'learner' | 'parameters' | 'batch'> & { readonly shape: NonNullable<Job['shape']> }> {
  const { lossGraph, parameters } = await buildPolicy(folder, dataset, settings);
  const { optimizer, optimizerOptions, device, threads, recompute } = settings;
  const lossOf = (shape: number): LossGraph =>
    shape === 0 ? lossGraph : policyGraph(folder, dataset, settings, shape);
  const order = orderOf(dataset, settings);
  const learner = await openLearner(lossOf, parameters, {
    loaded: settings.stepsLoaded,
    optimizer,
    optimizerOptions,
    average: settings.plan.ema !== null,
    recompute,
    ...(device ? { device } : {}),
    ...(threads ? { threads } : {}),
  });
  if (learner.inputs.has('referenceErrors') && !settings.references) {
    await learner.release();
    throw new RangeError('noiseDraws: the errors of the reference must be kept first, by keepReferenceErrors');
  }
  const batch = groupBatches(folder, dataset, settings, learner.inputs, settings.references);
  return { learner, parameters, batch, shape: (number) => order.batch(number).shape };
}

/**
 * Trains a UNet on groups in an open run folder, from its newest checkpoint if it has one.
 *
 * @throws GuardError when training went wrong; the last checkpoint is good
 */
export async function trainPreferences(
  run: OpenRun,
  folder: DiffusionModel,
  dataset: GroupDataset,
  settings: PreferenceSettings,
): Promise<{ status: 'finished' | 'stopped'; parameters: ParameterBuffer; average: Float32Array | null }> {
  const { learner, parameters, batch, shape } = await openPreferences(folder, dataset, settings);
  try {
    const job: Job = {
      learner,
      parameters,
      batch,
      shape,
      examplesPerStep: settings.batch * settings.plan.accumulate,
      inspect: guards(settings.guards, await readRecords(run.metrics)),
      ...(settings.validation ? { validation: settings.validation } : {}),
    };
    const { status, average } = await fit(run, job, settings.plan);
    return { status, parameters, average };
  } finally {
    await learner.release();
  }
}
