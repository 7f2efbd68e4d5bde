import { type TimestepRule, trainingSchedule } from '@bradley/diffusion';
import { joinFloat32 } from '@bradley/formats';
import { graph, mean, mul, sub, type Value } from '@bradley/graph';
import {
  adapterFeeds,
  checkpointStore,
  type DiffusionModel,
  type ParameterStore,
  type PolicyWeights,
  policyStore,
  unetNetwork,
} from '@bradley/models';
import { type DenoisingPair, errorOverReference, type Objective, objective } from '@bradley/objectives';
import { type DeviceName, type HostData, openSession } from '@bradley/runtime';
import { denoisingLoss, drawLatent, noiseFeeds, type PairDataset, timeIds } from '@bradley/train';
import { z } from 'zod';

export interface MarginOptions {
  /** Draws of (timestep, noise) that a pair's margin is averaged over, the same for every policy. Default 10. */
  readonly draws?: number;
  readonly seed?: number;
  /** Which timesteps are drawn: as the policy was trained. Default uniform. */
  readonly timesteps?: TimestepRule;
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
  policy: PolicyWeights | DiffusionModel,
  dataset: PairDataset,
  options: MarginOptions = {},
): Promise<Float32Array> {
  return (await judgePairs(folder, policy, dataset, null, options)).margins;
}

/** An objective with its options, as a run trains it. */
export interface Trained {
  readonly objective: Objective;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * The implicit margins of pairs, and on the same draws the mean loss of an objective, or null where none is given. Labels count as
 * plain preferences. With an objective, the pairs of a forward pass are as many as divide them all, `batch` at most.
 */
export async function judgePairs(
  folder: DiffusionModel,
  policy: PolicyWeights | DiffusionModel,
  dataset: PairDataset,
  trained: Trained | null,
  { draws = 10, seed = 0, timesteps: rule = 'uniform', batch: most = 8, onProgress, ...options }: MarginOptions = {},
): Promise<{ margins: Float32Array; loss: number | null }> {
  const batch = trained ? greatestDivisor(dataset.pairs.length, most) : most;
  if ('config' in policy && 'textEncoders' in policy)
    throw new RangeError('the adapter changes the text encoders, but the prompts of this data were encoded without it');
  const frozen = checkpointStore(folder.unet.tensors, folder.unet.path);
  const { store, fed } =
    'config' in policy
      ? policyStore(frozen, policy.config)
      : policyStore(checkpointStore(policy.unet.tensors, policy.unet.path), null);
  const network = (of: ParameterStore) => unetNetwork(folder.unet.config, of);
  const { metrics } = denoisingLoss(
    judge(trained),
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
  const weights = 'config' in policy ? adapterFeeds(fed(), policy) : {};
  const wanted = new Set(session.model.inputs.map(({ name }) => name));
  const schedule = trainingSchedule(rule, folder.scheduler as Parameters<typeof trainingSchedule>[1]);
  const { pairs } = dataset;
  const totals = new Float64Array(pairs.length);
  let loss = 0;
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
          ...noiseFeeds(schedule, { seed, step, rule, pairs: batch, elements }),
          encoderHiddenStates: joinFloat32(rows.map(({ conditions }) => conditions.encoderHiddenStates)),
          textEmbeds: joinFloat32(rows.map(({ conditions }) => conditions.textEmbeds ?? new Float32Array())),
          timeIds: joinFloat32(rows.map((pair) => timeIds(pair, dataset))),
        };
        const known = Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name)));
        const { margins: values, loss: ofBatch } = await session.run({ ...weights, ...known });
        loss += (Number(ofBatch?.data[0]) * batch) / (draws * pairs.length);
        for (let i = 0; i < batch && start + i < pairs.length; i++)
          totals[start + i] = (totals[start + i] as number) + Number(values?.data[i]) / draws;
      }
      onProgress?.(Math.min(start + batch, pairs.length), pairs.length);
    }
  } finally {
    await session.release();
  }
  return { margins: Float32Array.from(totals), loss: trained ? loss : null };
}

/** The greatest divisor of a count that is not above `most`. */
function greatestDivisor(count: number, most: number): number {
  for (let divisor = Math.min(count, most); divisor > 1; divisor--) if (count % divisor === 0) return divisor;
  return 1;
}

/** Not for training: its metrics are the margin of every pair, and the loss of what is trained. */
const judge = (trained: Trained | null) =>
  objective({
    name: 'margins',
    needs: { prediction: 'denoising', group: 'pair', reference: 'prediction' },
    usesTies: false,
    options: z.object({}),
    loss(pair: DenoisingPair) {
      const margins = mul(sub(errorOverReference(pair.chosen), errorOverReference(pair.rejected)), -1); // (B)
      return { loss: mean(margins), metrics: { margins, ...(trained ? { loss: lossOf(trained, pair) } : {}) } };
    },
  });

function lossOf({ objective: { needs, options: schema, loss }, options }: Trained, pair: DenoisingPair): Value {
  const sides = needs.group === 'pair' ? pair : pair.chosen;
  return loss(sides as never, schema.parse(options)).loss;
}
