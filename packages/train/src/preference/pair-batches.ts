import { type TimestepRule, trainingSchedule } from '@bradley/diffusion';
import { joinFloat32 } from '@bradley/formats';
import type { DiffusionModel } from '@bradley/models';
import type { Objective } from '@bradley/objectives';
import { type HostData, uniform } from '@bradley/runtime';
import type { Visit } from '../epochs.js';
import type { Job } from '../loop.js';
import type { DenoisingShapes } from '../step/denoising.js';
import { noiseFeeds, streamOf } from '../step/noise-feeds.js';
import {
  contentOf,
  drawLatent,
  type EncodedPair,
  type EncodedPrompt,
  latentElements,
  type PairDataset,
  type PairShape,
  type PairShapes,
  timeIds,
} from './pair-dataset.js';
import { type OrderSettings, type PairOrder, pairOrder } from './pair-order.js';

/** How batches are made of pairs. */
export interface BatchSettings extends OrderSettings {
  readonly captionDropout: number;
  /** Which timesteps are drawn. */
  readonly timesteps: TimestepRule;
  readonly objective: Objective;
  /** Timestep, noise, posterior draws and caption dropout come from so many fixed draws of a pair; null draws them anew. */
  readonly noiseDraws: number | null;
}

/** The kept errors of the reference on a fixed draw of a pair, one a side. */
export type ReferenceErrors = (pair: number, draw: number) => readonly number[];

/** What a batch of so many pairs of one of a dataset's shapes is. */
export const denoisingShapes = (
  folder: DiffusionModel,
  dataset: PairShapes,
  shape: number,
  pairs: number,
): DenoisingShapes => ({
  pairs,
  latent: (dataset.shapes[shape] as PairShape).latent,
  conditions: dataset.conditions,
  predictionType: folder.predictionType,
});

/** The sides of a pair that an objective looks at. */
export const sidesOf = ({ needs }: Objective): readonly ('chosen' | 'rejected')[] =>
  needs.group === 'pair' ? ['chosen', 'rejected'] : ['chosen'];

/** Which pairs of a dataset make up which batch. */
export const orderOf = ({ pairs }: PairShapes, settings: OrderSettings): PairOrder =>
  pairOrder(
    pairs.map(({ shape }) => shape),
    settings,
  );

/** Which of a pair's fixed draws an epoch takes: after so many epochs they come again. */
export const drawOf = ({ epoch }: Visit, noiseDraws: number): number => epoch % noiseDraws;

/**
 * The feeds of a batch of pairs, by its number alone. `wanted` are the inputs that the graph has.
 *
 * @param references the kept errors, where the graph is fed them
 */
export function pairBatches(
  folder: DiffusionModel,
  dataset: PairDataset,
  settings: BatchSettings,
  wanted: ReadonlySet<string>,
  references: ReferenceErrors | null = null,
): Job['batch'] {
  const { seed, noiseDraws } = settings;
  const draw = pairDraws(folder, dataset, settings);
  const order = orderOf(dataset, settings);
  return async (step) => {
    const { visits } = order.batch(step);
    const rows = visits.map(({ index }) => dataset.pairs[index] as EncodedPair);
    const drawn =
      noiseDraws === null
        ? [await draw(rows, { seed, step })]
        : await Promise.all(
            rows.map((pair, i) => draw([pair], fixedDraw(pair, seed, drawOf(visits[i] as Visit, noiseDraws)))),
          );
    const feeds: Record<string, HostData> = {
      ...joinDraws(drawn),
      preference: Float32Array.from(rows, ({ p }) => p),
    };
    if (references && noiseDraws !== null) {
      const errors = visits.map((visit) => references(visit.index, drawOf(visit, noiseDraws)));
      feeds.referenceErrors = Float32Array.from(
        sidesOf(settings.objective).flatMap((_, s) => errors.map((of) => of[s] as number)),
      );
    }
    return Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name)));
  };
}

/** What chance decides of some pairs, as feeds; the latents by side. */
export interface Draw {
  readonly latents: readonly Float32Array[];
  readonly shared: Readonly<Record<string, Float32Array>>;
}

/** Names a draw: a micro-batch's number, or the number of a draw and what it is of. */
export interface DrawKey {
  readonly seed: number;
  readonly step: number;
  readonly of?: string;
}

/** Names draw `number` of one pair: the same whenever it is asked for, in whichever set the pair is. */
export const fixedDraw = (pair: EncodedPair, seed: number, number: number): DrawKey => ({
  seed,
  step: number,
  of: contentOf(pair),
});

/** The prompts of the pairs in a draw, or the empty one where it was dropped. */
export function drawPrompts(
  { empty }: PairDataset,
  captionDropout: number,
  pairs: readonly EncodedPair[],
  { seed, step, of }: DrawKey,
): EncodedPrompt[] {
  const dropped = uniform({ seed, stream: streamOf('captionDropout', of), step, index: 0 }, pairs.length);
  return pairs.map((pair, i) => ((dropped[i] as number) < captionDropout ? empty : pair.conditions));
}

/** Draws of pairs of one shape, whose latents and prompts are read for it. */
export function pairDraws(
  folder: DiffusionModel,
  dataset: PairDataset,
  { captionDropout, objective, timesteps: rule }: Pick<BatchSettings, 'captionDropout' | 'objective' | 'timesteps'>,
): (pairs: readonly EncodedPair[], key: DrawKey) => Promise<Draw> {
  const schedule = trainingSchedule(rule, folder.scheduler as Parameters<typeof trainingSchedule>[1]);
  return async (pairs, key) => {
    const { of, ...counter } = key;
    const stream = streamOf('posterior', of);
    const prompts = await Promise.all(
      drawPrompts(dataset, captionDropout, pairs, key).map((prompt) => dataset.readPrompt(prompt)),
    );
    const latents = await Promise.all(
      sidesOf(objective).map(async (side, s) => {
        const images = await Promise.all(pairs.map((pair) => dataset.readImage(pair[side])));
        return joinFloat32(
          images.map((image, i) => drawLatent(image, folder, { ...counter, stream, index: s * pairs.length + i })),
        );
      }),
    );
    const elements = latentElements(dataset.shapes[pairs[0]?.shape ?? 0] as PairShape);
    const shared = {
      ...noiseFeeds(schedule, { ...key, rule, pairs: pairs.length, elements }),
      encoderHiddenStates: joinFloat32(prompts.map(({ encoderHiddenStates }) => encoderHiddenStates)),
      textEmbeds: joinFloat32(prompts.map(({ textEmbeds }) => textEmbeds ?? new Float32Array())),
      timeIds: joinFloat32(pairs.map((pair) => timeIds(pair, dataset))),
    };
    return { latents, shared };
  };
}

/** The feeds of draws, one after the other within each side. */
export function joinDraws(draws: readonly Draw[]): Record<string, Float32Array> {
  const [first] = draws;
  const join = (of: (draw: Draw) => Float32Array | undefined): Float32Array =>
    joinFloat32(draws.map((draw) => of(draw) as Float32Array));
  return {
    latents: joinFloat32((first?.latents ?? []).map((_, s) => join(({ latents }) => latents[s]))),
    ...Object.fromEntries(Object.keys(first?.shared ?? {}).map((name) => [name, join(({ shared }) => shared[name])])),
  };
}
