import { graph, type Value } from '@bradley/graph';
import { checkpointStore, type ParameterStore, type Scoring } from '@bradley/models';
import { type HostData, openSession, type Session, type SessionOptions } from '@bradley/runtime';
import { idsOf } from './reward-batches.js';
import { rewardScores } from './reward-graph.js';
import type { ClipFolder, RewardModel } from './reward-model.js';

/** A picture and its prompt as the network takes them. */
export interface Judged {
  readonly ids: readonly number[];
  /** (3, S, S) */
  readonly pixels: Float32Array;
}

/** Gives pictures their scores. */
export interface RewardJudge {
  /**
   * A row of N questions for each, in their order.
   * @param weights what was trained, where the judge was opened for a model in training
   */
  score(items: readonly Judged[], weights?: Readonly<Record<string, HostData>>): Promise<number[][]>;
  /** Gives memory back until the next call. */
  suspend(): Promise<void>;
  release(): Promise<void>;
}

/** Opens the network without its gradients, over a store of any kind. */
export async function openJudge(
  { part: { config } }: ClipFolder,
  store: ParameterStore,
  { questions, head, tokens, batch = 16 }: Scoring & { tokens: number; batch?: number },
  options: SessionOptions = {},
): Promise<RewardJudge> {
  const of = graph({ scores: rewardScores(store, config, { questions, head }, { batch, tokens }, 1) });
  const { image_size: side } = config.vision_config;
  const elements = 3 * side * side;
  let session: Session | null = null;
  const close = async (): Promise<void> => {
    await session?.release();
    session = null;
  };
  return {
    async score(items, weights = {}) {
      session ??= await openSession(of, options);
      const results: number[][] = [];
      for (let start = 0; start < items.length; start += batch) {
        // A whole batch always: the last ones are filled up with the last picture.
        const rows = Array.from({ length: batch }, (_, i) => items[Math.min(start + i, items.length - 1)] as Judged);
        const pixelValues = new Float32Array(batch * elements);
        for (const [i, item] of rows.entries()) pixelValues.set(item.pixels, i * elements);
        const out = await session.run({
          ...weights,
          input_ids: idsOf(rows.map(({ ids }) => ids)),
          pixel_values: pixelValues,
        });
        const flat = Array.from(out.scores?.data ?? [], Number);
        for (let i = 0; i < Math.min(batch, items.length - start); i++)
          results.push(flat.slice(i * questions.length, (i + 1) * questions.length));
      }
      return results;
    },
    suspend: close,
    release: close,
  };
}

/** The judge of a written reward model. */
export function openRewardJudge(
  model: RewardModel,
  options: SessionOptions & { readonly batch?: number } = {},
): Promise<RewardJudge> {
  const { batch, ...sessionOptions } = options;
  const { tensors, path } = model.part;
  const { questions, head, tokens } = model.reward;
  return openJudge(
    model,
    checkpointStore(tensors, path),
    { questions, head, tokens, ...(batch ? { batch } : {}) },
    sessionOptions,
  );
}

/** The scores of a written reward model, (batch, N) for its questions, as a graph's value. Feeds: those of `rewardScores`. */
export function rewardModelScores({ part, reward: { questions, head, tokens } }: RewardModel, batch: number): Value {
  return rewardScores(checkpointStore(part.tensors, part.path), part.config, { questions, head }, { batch, tokens }, 1);
}
