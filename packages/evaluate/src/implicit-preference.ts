import type { TimestepRule } from '@bradley/diffusion';
import { type Graph, graph, mean, mul, sub, type Value } from '@bradley/graph';
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
import { type DeviceName, openSession } from '@bradley/runtime';
import {
  denoisingLoss,
  denoisingShapes,
  type EncodedPair,
  joinDraws,
  type PairDataset,
  type PairShapes,
  pairDraws,
} from '@bradley/train';
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
  if ('config' in policy && 'textEncoders' in policy)
    throw new RangeError('the adapter changes the text encoders, but the prompts of this data were encoded without it');
  const frozen = checkpointStore(folder.unet.tensors, folder.unet.path);
  const { store, fed } =
    'config' in policy
      ? policyStore(frozen, policy.config)
      : policyStore(checkpointStore(policy.unet.tensors, policy.unet.path), null);
  const network = (of: ParameterStore) => unetNetwork(folder.unet.config, of);
  const networks = { policy: network(store), reference: network(frozen) };
  const judging = judge(trained);
  const drawing = { captionDropout: 0, objective: judging as unknown as Objective, timesteps: rule };
  const drawPairs = pairDraws(folder, dataset, drawing);
  const totals = new Float64Array(dataset.pairs.length);
  let [loss, judged] = [0, 0];
  for (const shape of dataset.shapes.keys()) {
    const members = [...dataset.pairs.entries()].filter(([, pair]) => pair.shape === shape);
    const batch = trained ? greatestDivisor(members.length, most) : most;
    const { metrics } = denoisingLoss(judging, {}, networks, denoisingShapes(folder, dataset, shape, batch));
    const session = await openSession(graph(metrics), options);
    const weights = 'config' in policy ? adapterFeeds(fed(), policy) : {};
    const wanted = new Set(session.model.inputs.map(({ name }) => name));
    try {
      for (let start = 0; start < members.length; start += batch) {
        const these = members.slice(start, start + batch);
        // The last batch is filled up with its last pair.
        const rows = Array.from({ length: batch }, (_, i) => these[Math.min(i, these.length - 1)]?.[1] as EncodedPair);
        for (let draw = 0; draw < draws; draw++) {
          const feeds = joinDraws([await drawPairs(rows, { seed, step: judged * draws + draw })]);
          const known = Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name)));
          const { margins, loss: ofBatch } = await session.run({ ...weights, ...known });
          loss += (Number(ofBatch?.data[0]) * batch) / (draws * dataset.pairs.length);
          for (const [i, [index]] of these.entries())
            totals[index] = (totals[index] as number) + Number(margins?.data[i]) / draws;
        }
        judged += these.length;
        onProgress?.(judged, dataset.pairs.length);
      }
    } finally {
      await session.release();
    }
  }
  return { margins: Float32Array.from(totals), loss: trained ? loss : null };
}

/** What judging computes of batches of a dataset's first shape, without loading it. */
export function judgingGraph(
  folder: DiffusionModel,
  policy: PolicyWeights['config'],
  dataset: PairShapes,
  trained: Trained | null,
  batch: number,
): Graph {
  const frozen = checkpointStore(folder.unet.tensors, folder.unet.path);
  const network = (of: ParameterStore) => unetNetwork(folder.unet.config, of);
  const networks = { policy: network(policyStore(frozen, policy).store), reference: network(frozen) };
  return graph(denoisingLoss(judge(trained), {}, networks, denoisingShapes(folder, dataset, 0, batch)).metrics);
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
