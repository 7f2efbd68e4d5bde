import { noiseSchedule } from '@bradley/diffusion';
import { openCheckpoint, readTensor, toFloat32 } from '@bradley/formats';
import { conditionShapes, type DiffusionModel, promptShape } from '@bradley/models';
import { type HostData, normal } from '@bradley/runtime';
import {
  clipFactor,
  compileStep,
  type DenoisingShapes,
  globalNorm,
  type LossGraph,
  noiseFeeds,
  optimizers,
  type ParameterBuffer,
} from '@bradley/train';
import { serve } from '../serve.js';
import type { WorkerOptions } from './options.js';

type Feeds = Readonly<Record<string, HostData>>;

/** Serves one whole training step a unit: noise, forward and backward, clip to norm 1, AdamW. */
export async function serveTraining(
  of: LossGraph,
  parameters: ParameterBuffer,
  batch: (number: number) => Feeds,
  { session: options, recompute }: WorkerOptions,
): Promise<void> {
  const step = await compileStep(of, { ...options, recompute });
  const optimizer = optimizers.adamw.create(parameters.segments, { weightDecay: 1e-2 });
  const gradients = new Float32Array(parameters.values.length);
  let steps = 0;
  const unit = async (): Promise<number> => {
    gradients.fill(0);
    const { loss } = await step.run(parameters, batch(steps), gradients);
    steps++;
    optimizer.update(parameters.values, gradients, {
      step: steps,
      learningRate: 1e-4,
      gradientScale: clipFactor(globalNorm(gradients), 1),
    });
    return loss as number;
  };
  await serve(unit, { threads: options.threads, parameters: parameters.values.length });
  if (options.profile) await step.session.endProfiling();
}

/** What a batch of the model's latents looks like. */
export function denoisingShapes(
  folder: DiffusionModel,
  pairs: number,
  side = folder.unet.config.sample_size as number,
): DenoisingShapes {
  return {
    batch: pairs,
    latent: [folder.unet.config.in_channels, side, side],
    conditions: conditionShapes(folder.unet.config, promptShape(folder)),
    predictionType: folder.predictionType,
  };
}

/** Fixed latents of `sides` candidates and fixed conditions; noise and timesteps are drawn anew for every batch. */
export function denoisingBatches(
  { scheduler }: DiffusionModel,
  { batch, latent, conditions }: DenoisingShapes,
  sides: number,
): (number: number) => Feeds {
  const size = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
  const fixed = (stream: string, count: number) => normal({ seed: 0, stream, step: 0, index: 0 }, count);
  const schedule = noiseSchedule(scheduler as Parameters<typeof noiseSchedule>[0]);
  const elements = size(latent);
  const kept = {
    latents: fixed('latents', sides * batch * elements),
    ...Object.fromEntries(Object.entries(conditions).map(([name, shape]) => [name, fixed(name, batch * size(shape))])),
  };
  return (number) => ({ ...kept, ...noiseFeeds(schedule, { seed: 0, step: number, batch, elements }) });
}

/** Fills the parameters whose names begin with `prefix` from a model's own folder. */
export async function loadWeights(parameters: ParameterBuffer, folder: string, prefix = ''): Promise<void> {
  for (const [name, { file }] of await openCheckpoint(folder))
    parameters.views[prefix + name]?.set(toFloat32(await readTensor(file, name)));
}
