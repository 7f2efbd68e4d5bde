import { implicitMargins, type Proportion } from '@bradley/evaluate';
import { decodeImage } from '@bradley/formats';
import type { DiffusionModel, SamplingAdapter } from '@bradley/models';
import { openComparisons, type TrainingGroup, trainingPairs } from '@bradley/preferences';
import { contentCache, encodeGroups } from '@bradley/train';
import type { Look } from '../../arena/looks.js';
import { type Category, categories, readEmojiNames } from '../names.js';
import { measureLook } from './look-taste.js';
import { type ComparedLooks, promptBlindAgreement, promptBlindBaseline } from './prompt-blind.js';

export interface HeldOutAccuracyOptions {
  /** Comparisons: what `openComparisons` reads. The baseline is chosen on the first and measured on the second. */
  readonly train: string;
  readonly heldOut: string;
  readonly cache: string;
  /** Draws of noise and timestep per comparison. */
  readonly draws: number;
  readonly threads?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Of how many comparisons of held-out prompts a LoRA of the emoji model makes the chosen picture the likelier one, beside the baseline. */
export interface HeldOutAccuracy {
  readonly baselineName: string;
  /** Of all, then of every category. */
  readonly figures: readonly {
    readonly category: Category | 'all';
    readonly accuracy: Proportion;
    readonly baseline: Proportion;
  }[];
}

/** What a LoRA learnt of the look persona's taste in pictures, on prompts whose preferences it has not seen. */
export async function heldOutAccuracy(
  model: DiffusionModel,
  adapter: SamplingAdapter,
  { train, heldOut, cache, draws, threads, onProgress }: HeldOutAccuracyOptions,
): Promise<HeldOutAccuracy> {
  const session = threads ? { threads } : {};
  const baseline = promptBlindBaseline((await readPairs(train)).looks);
  const { source, pairs, looks } = await readPairs(heldOut);
  const dataset = await encodeGroups(model, pairs, {
    loadMedia: (candidate) => source.loadMedia(candidate),
    resolution: null,
    cache: contentCache(cache),
    ...session,
  });
  const margins = await implicitMargins(model, adapter, dataset, {
    draws,
    ...session,
    ...(onProgress ? { onProgress } : {}),
  });
  const categoryOf = new Map((await readEmojiNames()).map(({ name, category }) => [name, category]));
  const figures = (['all', ...categories] as const).map((category) => {
    const of = pairs.flatMap(({ prompt }, i) => (category === 'all' || categoryOf.get(prompt) === category ? [i] : []));
    const compared = of.map((i) => looks[i] as ComparedLooks);
    return {
      category,
      accuracy: { count: of.filter((i) => Number(margins[i]) > 0).length, total: of.length },
      baseline: { count: promptBlindAgreement(baseline, compared), total: of.length },
    };
  });
  return { baselineName: baseline.name, figures };
}

async function readPairs(path: string) {
  const source = await openComparisons(path);
  const pairs: TrainingGroup[] = [];
  for await (const row of source) {
    if ('refused' in row) throw new Error(`${row.where}: ${row.refused}`);
    pairs.push(...trainingPairs(row.record));
  }
  const looks = await Promise.all(
    pairs.map(async ({ candidates }): Promise<ComparedLooks> => {
      const [chosen, rejected] = await Promise.all(
        candidates.map(async (candidate) => measureLook(await decodeImage(await source.loadMedia(candidate)))),
      );
      return { chosen: chosen as Look, rejected: rejected as Look };
    }),
  );
  return { source, pairs, looks };
}
