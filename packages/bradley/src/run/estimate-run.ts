import type { PictureSize, ResolveOptions } from '@bradley/formats';
import { peakLiveBytes, size } from '@bradley/graph';
import { conditionShapes, type DiffusionModel } from '@bradley/models';
import { mappedBytes } from '@bradley/runtime';
import {
  buildPolicy,
  frozenBytes,
  type OptimizerKind,
  optimizers,
  type PairShapes,
  pairShape,
  pictureSizes,
  stepGraph,
} from '@bradley/train';
import type { RunConfig } from '../config/run-config.js';
import type { RunEstimate } from '../doctor.js';
import { modelOptionsOf, openModel } from '../open-model.js';
import { settingsOf } from './settings.js';

/** A Node process with ONNX Runtime that has computed nothing yet, in bytes: measured, rounded up. */
const processBytes = 200e6;

/**
 * The runtime's own order, its workspace and the allocator that keeps what it has: resident over counted activations, as measured on
 * LoRA runs of the emoji model with 8 and with 32 pairs (0.41 and 0.94 GB).
 */
const overhead = 1.75;

/**
 * What a run will need in memory, in bytes, from its config and the headers of its model: no step is computed. An
 * estimate: activations are counted in the order that the step's graph was made in, and `overhead` was measured on one model.
 */
export async function estimateRun(config: RunConfig, fetch: ResolveOptions = {}): Promise<RunEstimate> {
  const folder = await openModel(config.model, { ...fetch, ...modelOptionsOf(config) });
  const settings = settingsOf(config);
  const { lossGraph, parameters } = await buildPolicy(folder, shapesOnly(folder, config), settings);
  const trainable = parameters.values.length;
  const parameterCount = [...folder.unet.tensors.values()].reduce((total, { shape }) => total + size(shape), 0);
  const held = settings.adapter.kind === 'lora' || (settings.objective.needs.reference && settings.noiseDraws === null);
  const kind: OptimizerKind = optimizers[settings.optimizer];
  const optimizer = kind.create(parameters.segments, settings.optimizerOptions);
  const state =
    Object.values(optimizer.state).reduce((total, { length }) => total + length, 0) +
    (settings.plan.ema ? trainable : 0);
  // Large weights are mapped from their files once; of small ones each loaded step holds its own, as the runtime packs them.
  const inFiles = frozenBytes(folder.unet, config.train.frozenWeights);
  const frozen = inFiles >= mappedBytes ? inFiles : 4 * parameterCount * settings.stepsLoaded;
  const weights = held ? frozen : 0;
  const { recompute } = settings;
  const activations = Math.round(overhead * settings.stepsLoaded * peakLiveBytes(stepGraph(lossGraph, { recompute })));
  // Parameters, accumulated gradients, and the gradients that a step returns.
  const own = 3 * 4 * trainable;
  return {
    parameters: parameterCount,
    trainable,
    weights,
    optimizer: 4 * state,
    activations,
    peak: processBytes + weights + own + 4 * state + activations,
  };
}

/** Of no pairs, with the largest shape that the run's may have. */
function shapesOnly(folder: DiffusionModel, config: RunConfig): PairShapes {
  const [square] = pictureSizes(folder, config.data); // of which no bucket has more pixels
  const texts = folder.textEncoders.map(({ config: text }) => text);
  const [first] = texts;
  if (!first) throw new RangeError(`${folder.path} has no text encoder`);
  const width = texts.reduce((total, { hidden_size }) => total + hidden_size, 0);
  const takesPooled = folder.unet.config.addition_embed_type === 'text_time';
  const pooled = takesPooled ? (texts.at(-1)?.projection_dim ?? null) : null;
  return {
    pairs: [],
    shapes: [pairShape(folder, square as PictureSize)],
    conditions: conditionShapes(folder.unet.config, { shape: [first.max_position_embeddings, width], pooled }),
  };
}
