import { noiseSchedule } from '@bradley/diffusion';
import { joinFloat32 } from '@bradley/formats';
import { graph, mean, mul, sub } from '@bradley/graph';
import {
  adapterFeeds,
  checkpointStore,
  type DiffusionModel,
  loraStore,
  type ParameterStore,
  type SamplingAdapter,
  unetNetwork,
} from '@bradley/models';
import { type DenoisingPair, errorOverReference, objective } from '@bradley/objectives';
import { type DeviceName, type HostData, openSession } from '@bradley/runtime';
import { denoisingLoss, drawLatent, noiseFeeds, type PairDataset, timeIds } from '@bradley/train';
import { z } from 'zod';

export interface MarginOptions {
  /** Draws of (timestep, noise) that a pair's margin is averaged over, the same for every policy. Default 10. */
  readonly draws?: number;
  readonly seed?: number;
  /** Pairs in a forward pass. Default 8. */
  readonly batch?: number;
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * How much more the policy's implicit reward prefers the chosen picture than the rejected one, per pair: methods of
 * Diffusion-DPO §S4.1, −[(e_θ(w) − e_ref(w)) − (e_θ(l) − e_ref(l))] with mean squared errors e, averaged over draws that the
 * sides share. Positive: the preference is reproduced. The reference is the folder's UNet.
 */
export async function implicitMargins(
  folder: DiffusionModel,
  policy: SamplingAdapter | DiffusionModel,
  dataset: PairDataset,
  { draws = 10, seed = 0, batch = 8, onProgress, ...options }: MarginOptions = {},
): Promise<Float32Array> {
  const frozen = checkpointStore(folder.unet.tensors, folder.unet.path);
  const lora = 'config' in policy ? loraStore(frozen, policy.config) : null;
  const store: ParameterStore =
    'config' in policy ? (lora ?? frozen) : checkpointStore(policy.unet.tensors, policy.unet.path);
  const network = (of: ParameterStore) => unetNetwork(folder.unet.config, of);
  const { metrics } = denoisingLoss(
    margins,
    {},
    { policy: network(store), reference: network(frozen) },
    {
      pairs: batch,
      latent: dataset.latent,
      conditions: dataset.conditions,
      predictionType: folder.predictionType,
    },
  );
  const session = await openSession(graph(metrics), options);
  const adapter = 'config' in policy ? adapterFeeds(lora?.trainables ?? [], policy) : {};
  const wanted = new Set(session.model.inputs.map(({ name }) => name));
  const schedule = noiseSchedule(folder.scheduler as Parameters<typeof noiseSchedule>[0]);
  const { pairs } = dataset;
  const totals = new Float64Array(pairs.length);
  const elements = dataset.latent.reduce((a, b) => a * b, 1);
  try {
    for (let start = 0; start < pairs.length; start += batch) {
      const rows = Array.from(
        { length: batch },
        (_, i) => pairs[Math.min(start + i, pairs.length - 1)] as (typeof pairs)[number],
      );
      for (let draw = 0; draw < draws; draw++) {
        const step = start * draws + draw;
        const latents = (['chosen', 'rejected'] as const).flatMap((side, s) =>
          rows.map((pair, i) => drawLatent(pair[side], folder, { seed, step, index: s * batch + i })),
        );
        const feeds: Record<string, HostData> = {
          latents: joinFloat32(latents),
          ...noiseFeeds(schedule, { seed, step, pairs: batch, elements }),
          encoderHiddenStates: joinFloat32(rows.map(({ conditions }) => conditions.encoderHiddenStates)),
          textEmbeds: joinFloat32(rows.map(({ conditions }) => conditions.textEmbeds ?? new Float32Array())),
          timeIds: joinFloat32(rows.map((pair) => timeIds(pair, dataset.resolution))),
        };
        const known = Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name)));
        const { margins: values } = await session.run({ ...adapter, ...known });
        for (let i = 0; i < batch && start + i < pairs.length; i++)
          totals[start + i] = (totals[start + i] as number) + Number(values?.data[i]) / draws;
      }
      onProgress?.(Math.min(start + batch, pairs.length), pairs.length);
    }
  } finally {
    await session.release();
  }
  return Float32Array.from(totals);
}

/** Not for training: its metric is the margin of every pair. */
const margins = objective({
  name: 'margins',
  needs: { prediction: 'denoising', group: 'pair', reference: 'error' },
  usesTies: false,
  options: z.object({}),
  loss({ chosen, rejected }: DenoisingPair) {
    const perPair = mul(sub(errorOverReference(chosen), errorOverReference(rejected)), -1); // (B)
    return { loss: mean(perPair), metrics: { margins: perPair } };
  },
});
