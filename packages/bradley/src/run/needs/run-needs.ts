import { judgingGraph } from '@bradley/evaluate';
import type { PictureSize } from '@bradley/formats';
import {
  conditionShapes,
  type DiffusionModel,
  latentDecoderGraph,
  latentEncoderGraph,
  promptGraph,
  promptShape,
  samplingGraph,
  vaeScale,
} from '@bradley/models';
import {
  type GroupShapes,
  groupShape,
  type OptimizerKind,
  optimizers,
  parameterBuffer,
  pictureSizes,
  plannedFrozenPart,
  policyGraph,
  referenceGraph,
  rememberedBytes,
  stepGraph,
} from '@bradley/train';
import type { RunConfig } from '../../config/run-config.js';
import { settingsOf } from '../settings.js';
import { bytesOf, notFoundAgain, type Part, type Phase, processBytes, sessionParts } from './part.js';

/** How much there is to encode. */
export interface DataCounts {
  readonly groups: number;
  /** Candidates of the largest of them: 2 of pairs. */
  readonly sides: number;
  readonly pictures: number;
  readonly prompts: number;
  /** Whether a label is not certain. */
  readonly softLabels: boolean;
}

/** What a run takes, phase by phase, in bytes. */
export interface RunNeeds {
  readonly phases: readonly Phase[];
  /** The phase that takes most. */
  readonly largest: Phase;
  readonly peak: number;
  readonly parameters: number;
  readonly trainable: number;
}

/**
 * What a run needs in memory on a CPU, from its config and the headers of its model: no weight is read and no step is computed.
 * The graphs are those that the run would load, and each is gone through as the runtime would run it.
 */
export async function runNeeds(config: RunConfig, model: DiffusionModel, counts: DataCounts): Promise<RunNeeds> {
  const settings = { ...settingsOf({ ...config, train: { ...config.train, device: 'cpu' } }) };
  const { adapter, objective, noiseDraws, recompute, stepsLoaded, batch } = settings;
  const frozen = plannedFrozenPart(model.unet, config.train.frozenWeights);
  const reading: DiffusionModel = { ...model, unet: frozen };
  const dataset = datasetOf(model, config, counts);
  const [square] = dataset.shapes;
  if (!square) throw new Error('a run has at least one size of pictures');

  const lossGraph = policyGraph(model, dataset, { ...settings, frozen }, 0);
  const { segments, values } = parameterBuffer(lossGraph.trainables);
  const trainable = values.length;
  const kind: OptimizerKind = optimizers[settings.optimizer];
  const state = Object.values(kind.create(segments, settings.optimizerOptions).state);
  const stateLength = state.reduce((total, { length }) => total + length, 0);
  const held: Part[] = [
    // Those asked for last stay in memory; the others are read when a batch needs them.
    { name: 'encoded pictures and prompts', bytes: Math.min(encodedBytes(dataset, counts), rememberedBytes) },
    { name: 'parameters', bytes: 4 * trainable },
    { name: 'accumulated gradients', bytes: 4 * trainable },
    { name: `state of ${settings.optimizer}`, bytes: 4 * stateLength },
    ...(settings.plan.ema ? [{ name: 'running average', bytes: 4 * trainable }] : []),
  ];
  const encoded = held.slice(0, 1);
  const validates = config.validate.every !== null;
  const policy = adapter.kind === 'lora' ? adapter : 'full';
  const size = config.validate.size ?? config.data.resolution;
  const scale = vaeScale(model.vae.config);
  const pictureSide = size === null ? (model.unet.config.sample_size ?? 64) : size / scale;
  const drawn = [model.unet.config.in_channels, pictureSide, pictureSide] as const;
  const judged = { objective, options: settings.objectiveOptions };

  const step = await sessionParts('step', stepGraph(lossGraph, { recompute }), { freeEarly: recompute }, stepsLoaded);
  const again = bytesOf(step.filter(({ mapped }) => !mapped));

  const phases: (Phase | null)[] = [
    {
      name: 'encoding pictures',
      parts: [...encoded, ...(await sessionParts('VAE encoder', latentEncoderGraph(model.vae, square)))],
    },
    { name: 'encoding prompts', parts: [...encoded, ...(await sessionParts('text encoders', promptGraph(model)))] },
    noiseDraws === null
      ? null
      : {
          name: 'reference errors of the fixed draws',
          parts: [...encoded, ...(await sessionParts('reference', referenceGraph(reading, dataset, 0, settings)))],
        },
    {
      name: 'training',
      parts: [
        ...held,
        { name: 'gradients that a step returns', bytes: 4 * trainable },
        ...step,
        ...(validates
          ? [{ name: 'step: not reused when it is loaded again', bytes: Math.min(notFoundAgain, again) }]
          : []),
      ],
    },
    ...(validates
      ? [
          {
            name: 'judging held-out pairs',
            parts: [
              ...held,
              ...(await sessionParts('policy and reference', judgingGraph(reading, policy, dataset, judged, batch))),
            ],
          },
          { name: 'sampling: prompts', parts: [...held, ...(await sessionParts('text encoders', promptGraph(model)))] },
          {
            name: 'sampling: denoising',
            parts: [...held, ...(await sessionParts('UNet', samplingGraph(reading, drawn, 1, policy).outputs))],
          },
          {
            name: 'sampling: decoding',
            parts: [
              ...held,
              ...(await sessionParts('VAE decoder', latentDecoderGraph(model.vae, [pictureSide, pictureSide]))),
            ],
          },
        ]
      : []),
  ];
  const whole = withKept(phases.filter((phase) => phase !== null));
  const largest = whole.reduce((most, phase) => (bytesOf(phase.parts) > bytesOf(most.parts) ? phase : most));
  const parameters = [...model.unet.tensors.values()].reduce((total, { shape }) => total + elements(shape), 0);
  return { phases: whole, largest, peak: bytesOf(largest.parts), parameters, trainable };
}

/** Adds the process to every phase, and what phases before it had allocated and it has no use for. */
function withKept(phases: readonly Phase[]): Phase[] {
  let most = 0;
  return phases.map(({ name, parts }) => {
    const own = bytesOf(parts.filter(({ mapped }) => !mapped));
    const kept: Part = { name: 'kept by the allocator', bytes: Math.max(0, most - own), kept: true };
    most = Math.max(most, own);
    const process: Part = { name: 'process', bytes: processBytes };
    return { name, parts: [process, ...parts, ...(kept.bytes > 0 ? [kept] : [])] };
  });
}

const elements = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** What the encoded pairs of a dataset take: mean and log-variance of each picture, and each prompt, besides the empty one. */
export function encodedBytes({ shapes: [square], conditions }: GroupShapes, { pictures, prompts }: DataCounts): number {
  const prompt = Object.entries(conditions).reduce(
    (total, [name, shape]) => total + (name === 'timeIds' ? 0 : elements(shape)),
    0,
  );
  return 4 * (2 * pictures * elements(square?.latent ?? []) + (prompts + 1) * prompt);
}

/** What the graphs of a run depend on, of the largest shape that its pictures may have. */
export function datasetOf(
  model: DiffusionModel,
  { data }: RunConfig,
  { softLabels, sides }: Pick<DataCounts, 'softLabels' | 'sides'>,
): GroupShapes {
  const [square] = pictureSizes(model, data); // of which no bucket has more pixels
  const soft = { phi: [0.75, 0.25] } as unknown as GroupShapes['groups'][number];
  return {
    groups: softLabels ? [soft] : [],
    shapes: [groupShape(model, square as PictureSize, sides)],
    conditions: conditionShapes(model.unet.config, promptShape(model)),
  };
}
