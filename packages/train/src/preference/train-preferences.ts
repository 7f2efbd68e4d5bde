import { noiseSchedule } from '@bradley/diffusion';
import { joinFloat32 } from '@bradley/formats';
import {
  checkpointStore,
  type DiffusionModel,
  type LoraConfig,
  loraStore,
  type ParameterStore,
  type Trainable,
  trainableStore,
  unetNetwork,
} from '@bradley/models';
import type { Objective } from '@bradley/objectives';
import { type HostData, uniform } from '@bradley/runtime';
import { epochs } from '../epochs.js';
import { fit, type Job, type Plan } from '../loop.js';
import type { Optimizer, OptimizerKind } from '../optimizers/optimizer.js';
import { initialise, type ParameterBuffer, parameterBuffer } from '../parameter-buffer.js';
import { readRecords } from '../run-folder/metrics.js';
import type { OpenRun } from '../run-folder/run-folder.js';
import { compileStep, type LossGraph } from '../step/compiled-step.js';
import { denoisingLoss } from '../step/denoising.js';
import { noiseFeeds } from '../step/noise-feeds.js';
import { loadFrozen } from './full-start.js';
import { type GuardOptions, guards } from './guards.js';
import { drawLatent, type PairDataset, timeIds } from './pair-dataset.js';

/** What is trained of the UNet. */
export type AdapterSettings =
  | ({ readonly kind: 'lora'; readonly seed: number } & LoraConfig)
  | { readonly kind: 'full' };

/** Everything about a preference run but its data. */
export interface PreferenceSettings {
  readonly objective: Objective;
  readonly objectiveOptions: Readonly<Record<string, unknown>>;
  readonly adapter: AdapterSettings;
  readonly optimizer: OptimizerKind;
  readonly optimizerOptions: Readonly<Record<string, unknown>>;
  readonly plan: Plan;
  /** Pairs of a forward pass. */
  readonly batch: number;
  readonly seed: number;
  readonly captionDropout: number;
  readonly guards: GuardOptions;
  readonly threads?: number;
  readonly validate?: Job['validate'];
}

/** The policy of a run: its graph, and its parameters with their starting values. */
export interface Policy {
  readonly lossGraph: LossGraph;
  readonly parameters: ParameterBuffer;
}

/** Builds the step of a run: policy and, where the objective asks for it, reference, sharing the frozen weights. */
export async function buildPolicy(
  folder: DiffusionModel,
  dataset: PairDataset,
  settings: PreferenceSettings,
): Promise<Policy> {
  const { adapter, objective } = settings;
  const frozen = checkpointStore(folder.unet.tensors, folder.unet.path);
  const policy: ParameterStore & { readonly trainables: readonly Trainable[] } =
    adapter.kind === 'lora' ? loraStore(frozen, adapter) : trainableStore();
  const network = (store: ParameterStore) => unetNetwork(folder.unet.config, store);
  const softLabels = dataset.pairs.some(({ p }) => p !== 1);
  const { loss, metrics } = denoisingLoss(
    objective,
    objective.options.parse(settings.objectiveOptions),
    { policy: network(policy), reference: objective.needs.reference ? network(frozen) : null },
    {
      pairs: settings.batch,
      latent: dataset.latent,
      conditions: dataset.conditions,
      predictionType: folder.predictionType,
      softLabels: softLabels && objective.needs.group === 'pair',
    },
  );
  const { trainables } = policy;
  if (adapter.kind === 'lora') requireTargets(adapter.targets, trainables);
  const parameters = parameterBuffer(trainables);
  if (adapter.kind === 'lora') initialise(parameters, trainables, adapter.seed);
  else await loadFrozen(parameters, folder.unet);
  return { lossGraph: { loss, metrics, trainables }, parameters };
}

/** Every target must name a layer: a misspelt one would be left out silently. */
function requireTargets(targets: readonly string[], trainables: readonly Trainable[]): void {
  const layers = trainables.map(({ name }) => `.${name.replace(/\.lora_[AB]\.weight$/, '')}`);
  const unmatched = targets.filter((target) => !layers.some((layer) => layer.endsWith(`.${target}`)));
  if (unmatched.length > 0)
    throw new RangeError(
      `adapter.targets: no linear layer or 1×1 convolution of the UNet has a name that ends in ${unmatched.join(', ')}. ` +
        'Targets are ends of layer names, such as to_q, to_out.0, net.2 or proj_in.',
    );
}

/**
 * Trains a UNet on pairs in an open run folder, from its newest checkpoint if it has one.
 *
 * @throws GuardError when training went wrong; the last checkpoint is good
 */
export async function trainPreferences(
  run: OpenRun,
  folder: DiffusionModel,
  dataset: PairDataset,
  settings: PreferenceSettings,
): Promise<{ status: 'finished' | 'stopped'; parameters: ParameterBuffer; average: Float32Array | null }> {
  const { lossGraph, parameters } = await buildPolicy(folder, dataset, settings);
  const step = await compileStep(lossGraph, settings.threads ? { threads: settings.threads } : {});
  const optimizer: Optimizer = settings.optimizer.create(
    parameters.segments,
    settings.optimizer.options.parse(settings.optimizerOptions),
  );
  try {
    const job: Job = {
      step,
      parameters,
      optimizer,
      batch: pairBatches(folder, dataset, settings, new Set(step.session.model.inputs.map(({ name }) => name))),
      examplesPerStep: settings.batch * settings.plan.accumulate,
      inspect: guards(settings.guards, await readRecords(run.metrics)),
      ...(settings.validate ? { validate: settings.validate } : {}),
    };
    const { status, average } = await fit(run, job, settings.plan);
    return { status, parameters, average };
  } finally {
    await step.session.release();
  }
}

/** The feeds of a batch of pairs, by its number alone. `wanted` are the inputs that the graph has. */
export function pairBatches(
  folder: DiffusionModel,
  dataset: PairDataset,
  {
    batch,
    seed,
    captionDropout,
    objective,
  }: Pick<PreferenceSettings, 'batch' | 'seed' | 'captionDropout' | 'objective'>,
  wanted: ReadonlySet<string>,
): Job['batch'] {
  const schedule = noiseSchedule(folder.scheduler as Parameters<typeof noiseSchedule>[0]);
  const order = epochs(dataset.pairs.length, batch, seed);
  const elements = dataset.latent.reduce((a, b) => a * b, 1);
  return async (step) => {
    const rows = order.batch(step).map((i) => dataset.pairs[i] as PairDataset['pairs'][number]);
    const dropped = uniform({ seed, stream: 'captionDropout', step, index: 0 }, batch);
    const conditions = rows.map((pair, i) =>
      (dropped[i] as number) < captionDropout ? dataset.empty : pair.conditions,
    );
    const sides = objective.needs.group === 'pair' ? (['chosen', 'rejected'] as const) : (['chosen'] as const);
    const latents = sides.flatMap((side, s) =>
      rows.map((pair, i) => drawLatent(pair[side], folder, { seed, step, index: s * batch + i })),
    );
    const feeds: Record<string, HostData> = {
      latents: joinFloat32(latents),
      ...noiseFeeds(schedule, { seed, step, pairs: batch, elements }),
      encoderHiddenStates: joinFloat32(conditions.map((of) => of.encoderHiddenStates)),
      textEmbeds: joinFloat32(conditions.map((of) => of.textEmbeds ?? new Float32Array())),
      timeIds: joinFloat32(rows.map((pair) => timeIds(pair, dataset.resolution))),
      preference: Float32Array.from(rows, ({ p }) => p),
    };
    return Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name)));
  };
}
