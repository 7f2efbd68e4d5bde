import type { TimestepRule } from '@bradley/diffusion';
import { concat, type Graph, graph, mean, neg, type Value } from '@bradley/graph';
import {
  adapterFeeds,
  checkpointStore,
  type DiffusionModel,
  type ParameterStore,
  type PolicyWeights,
  policyStore,
  unetNetwork,
} from '@bradley/models';
import { type DenoisingRanking, errorOverReference, type Objective, objective } from '@bradley/objectives';
import { type DeviceName, openSession } from '@bradley/runtime';
import {
  denoisingLoss,
  denoisingShapes,
  type EncodedGroup,
  type GroupDataset,
  type GroupShapes,
  groupDraws,
  joinDraws,
} from '@bradley/train';
import { z } from 'zod';

export interface MarginOptions {
  /** Draws of (timestep, noise) that a reward is averaged over, the same for every policy. Default 10. */
  readonly draws?: number;
  readonly seed?: number;
  /** Which timesteps are drawn: as the policy was trained. Default uniform. */
  readonly timesteps?: TimestepRule;
  /** Groups in a forward pass. Default 8. */
  readonly batch?: number;
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * How much more the policy's implicit reward prefers the chosen picture than the rejected one, per pair: methods of
 * Diffusion-DPO §S4.1, −[(e_θ(w) − e_ref(w)) − (e_θ(l) − e_ref(l))] with mean squared errors e, averaged over draws that the
 * sides share. Positive: the preference is reproduced. The reference is the folder's UNet. Of rankings, the best and the worst.
 */
export async function implicitMargins(
  folder: DiffusionModel,
  policy: PolicyWeights | DiffusionModel,
  dataset: GroupDataset,
  options: MarginOptions = {},
): Promise<Float32Array> {
  const { rewards } = await judgeGroups(folder, policy, dataset, null, options);
  return Float32Array.from(rewards, (of) => (of[0] as number) - (of.at(-1) as number));
}

/** An objective with its options, as a run trains it. */
export interface Trained {
  readonly objective: Objective;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * The implicit rewards of each group's candidates, best first: −(e_θ − e_ref), to within what all candidates of a prompt share. And on the
 * same draws the mean loss of an objective, or null where none is given. Labels of pairs count as plain preferences. With an
 * objective, the groups of a forward pass are as many as divide them all, `batch` at most.
 */
export async function judgeGroups(
  folder: DiffusionModel,
  policy: PolicyWeights | DiffusionModel,
  dataset: GroupDataset,
  trained: Trained | null,
  { draws = 10, seed = 0, timesteps: rule = 'uniform', batch: most = 8, onProgress, ...options }: MarginOptions = {},
): Promise<{ rewards: readonly Float64Array[]; loss: number | null }> {
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
  const drawing = { captionDropout: 0, objective: judging as Objective, timesteps: rule, ...sharing };
  const drawGroups = groupDraws(folder, dataset, drawing);
  const totals = dataset.groups.map(({ images }) => new Float64Array(images.length));
  let [loss, judged] = [0, 0];
  for (const [shape, { sides }] of dataset.shapes.entries()) {
    const members = [...dataset.groups.entries()].filter(([, group]) => group.shape === shape);
    const batch = trained ? greatestDivisor(members.length, most) : most;
    const { metrics } = denoisingLoss(judging, {}, networks, denoisingShapes(folder, dataset, shape, batch, sharing));
    const session = await openSession(graph(metrics), options);
    const weights = 'config' in policy ? adapterFeeds(fed(), policy) : {};
    const wanted = new Set(session.model.inputs.map(({ name }) => name));
    try {
      for (let start = 0; start < members.length; start += batch) {
        const these = members.slice(start, start + batch);
        // The last batch is filled up with its last group.
        const rows = Array.from({ length: batch }, (_, i) => these[Math.min(i, these.length - 1)]?.[1] as EncodedGroup);
        const phi = Float32Array.from(rows.flatMap((row) => row.phi));
        for (let draw = 0; draw < draws; draw++) {
          const feeds = { ...joinDraws([await drawGroups(rows, { seed, step: judged * draws + draw })]), phi };
          const known = Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name)));
          const { rewards, loss: ofBatch } = await session.run({ ...weights, ...known });
          loss += (Number(ofBatch?.data[0]) * batch) / (draws * dataset.groups.length);
          for (const [i, [index]] of these.entries()) {
            const total = totals[index] as Float64Array;
            for (let side = 0; side < sides; side++)
              total[side] = (total[side] as number) + Number(rewards?.data[side * batch + i]) / draws;
          }
        }
        judged += these.length;
        onProgress?.(judged, dataset.groups.length);
      }
    } finally {
      await session.release();
    }
  }
  return { rewards: totals, loss: trained ? loss : null };
}

/** Candidates are always judged on the same noise: how they were trained does not matter. */
const sharing = { shareNoise: true };

/** What judging computes of batches of a dataset's first shape, without loading it. */
export function judgingGraph(
  folder: DiffusionModel,
  policy: PolicyWeights['config'],
  dataset: GroupShapes,
  trained: Trained | null,
  batch: number,
): Graph {
  const frozen = checkpointStore(folder.unet.tensors, folder.unet.path);
  const network = (of: ParameterStore) => unetNetwork(folder.unet.config, of);
  const networks = { policy: network(policyStore(frozen, policy).store), reference: network(frozen) };
  const shapes = denoisingShapes(folder, dataset, 0, batch, sharing);
  return graph(denoisingLoss(judge(trained), {}, networks, shapes).metrics);
}

/** The greatest divisor of a count that is not above `most`. */
function greatestDivisor(count: number, most: number): number {
  for (let divisor = Math.min(count, most); divisor > 1; divisor--) if (count % divisor === 0) return divisor;
  return 1;
}

/** Not for training: its metrics are the implicit reward of every candidate, (k·B) side by side, and the loss of what is trained. */
const judge = (trained: Trained | null) =>
  objective({
    name: 'rewards',
    needs: { prediction: 'denoising', group: 'ranking', reference: 'prediction' },
    usesTies: false,
    options: z.object({}),
    loss(ranking: DenoisingRanking) {
      const rewards = neg(concat(ranking.sides.map(errorOverReference), 0)); // (k·B)
      return { loss: mean(rewards), metrics: { rewards, ...(trained ? { loss: lossOf(trained, ranking) } : {}) } };
    },
  });

function lossOf({ objective: { needs, options: schema, loss }, options }: Trained, ranking: DenoisingRanking): Value {
  const [chosen, rejected] = ranking.sides;
  const sides = { one: chosen, pair: { chosen, rejected, preference: null }, ranking }[needs.group];
  return loss(sides as never, schema.parse(options)).loss;
}
