import { type TimestepRule, trainingSchedule } from '@bradley/diffusion';
import { joinFloat32 } from '@bradley/formats';
import type { DiffusionModel } from '@bradley/models';
import type { Objective } from '@bradley/objectives';
import { type HostData, uniform } from '@bradley/runtime';
import type { Visit } from '../epochs.js';
import type { Job } from '../loop.js';
import type { DenoisingShapes } from '../step/denoising.js';
import { noiseFeeds, sideNoise, streamOf } from '../step/noise-feeds.js';
import {
  contentOf,
  drawLatent,
  type EncodedGroup,
  type EncodedImage,
  type EncodedPrompt,
  type GroupDataset,
  type GroupShape,
  type GroupShapes,
  latentElements,
  timeIds,
} from './group-dataset.js';
import { type GroupOrder, groupOrder, type OrderSettings } from './group-order.js';

/** How batches are made of groups. */
export interface BatchSettings extends OrderSettings {
  readonly captionDropout: number;
  /** Which timesteps are drawn. */
  readonly timesteps: TimestepRule;
  readonly objective: Objective;
  /** Timestep, noise, posterior draws and caption dropout come from so many fixed draws of a group; null draws them anew. */
  readonly noiseDraws: number | null;
  /** Whether the candidates of a group get the same noise, or each its own; the timestep is always shared. */
  readonly shareNoise: boolean;
}

/** The kept errors of the reference on a fixed draw of a group, one a side. */
export type ReferenceErrors = (group: number, draw: number) => readonly number[];

/** What a batch of so many groups of one of a dataset's shapes is. */
export const denoisingShapes = (
  folder: DiffusionModel,
  dataset: GroupShapes,
  shape: number,
  batch: number,
  { shareNoise }: Pick<BatchSettings, 'shareNoise'>,
): DenoisingShapes => ({
  batch,
  ...sidesAndLatent(dataset.shapes[shape] as GroupShape),
  shareNoise,
  conditions: dataset.conditions,
  predictionType: folder.predictionType,
});

const sidesAndLatent = ({ sides, latent }: GroupShape): Pick<DenoisingShapes, 'sides' | 'latent'> => ({
  sides,
  latent,
});

/** How many of a group's candidates an objective looks at, the best first. */
export const sidesOf = ({ needs }: Objective, { sides }: Pick<GroupShape, 'sides'>): number =>
  needs.group === 'one' ? 1 : sides;

/** Which groups of a dataset make up which batch. */
export const orderOf = ({ groups }: GroupShapes, settings: OrderSettings): GroupOrder =>
  groupOrder(
    groups.map(({ shape }) => shape),
    settings,
  );

/** Which of a group's fixed draws an epoch takes: after so many epochs they come again. */
export const drawOf = ({ epoch }: Visit, noiseDraws: number): number => epoch % noiseDraws;

/**
 * The feeds of a batch of groups, by its number alone. `wanted` are the inputs that the graph has.
 *
 * @param references the kept errors, where the graph is fed them
 */
export function groupBatches(
  folder: DiffusionModel,
  dataset: GroupDataset,
  settings: BatchSettings,
  wanted: ReadonlySet<string>,
  references: ReferenceErrors | null = null,
): Job['batch'] {
  const { seed, noiseDraws } = settings;
  const draw = groupDraws(folder, dataset, settings);
  const order = orderOf(dataset, settings);
  return async (step) => {
    const { visits } = order.batch(step);
    const rows = visits.map(({ index }) => dataset.groups[index] as EncodedGroup);
    const drawn =
      noiseDraws === null
        ? [await draw(rows, { seed, step })]
        : await Promise.all(
            rows.map((row, i) => draw([row], fixedDraw(row, seed, drawOf(visits[i] as Visit, noiseDraws)))),
          );
    const feeds: Record<string, HostData> = {
      ...joinDraws(drawn),
      preference: Float32Array.from(rows, ({ phi }) => phi[0] as number),
      phi: Float32Array.from(rows.flatMap(({ phi }) => phi)),
    };
    if (references && noiseDraws !== null) {
      const errors = visits.map((visit) => references(visit.index, drawOf(visit, noiseDraws)));
      const [first = []] = errors;
      feeds.referenceErrors = Float32Array.from(first.flatMap((_, s) => errors.map((of) => of[s] as number)));
    }
    return Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name)));
  };
}

/** What chance decides of some groups, as feeds: by side, or shared by the sides of a group. */
export interface Draw {
  readonly bySide: Readonly<Record<string, readonly Float32Array[]>>;
  readonly shared: Readonly<Record<string, Float32Array>>;
}

/** Names a draw: a micro-batch's number, or the number of a draw and what it is of. */
export interface DrawKey {
  readonly seed: number;
  readonly step: number;
  readonly of?: string;
}

/** Names draw `number` of one group: the same whenever it is asked for, in whichever set the group is. */
export const fixedDraw = (group: EncodedGroup, seed: number, number: number): DrawKey => ({
  seed,
  step: number,
  of: contentOf(group),
});

/** The prompts of the groups in a draw, or the empty one where it was dropped. */
export function drawPrompts(
  { empty }: GroupDataset,
  captionDropout: number,
  groups: readonly EncodedGroup[],
  { seed, step, of }: DrawKey,
): EncodedPrompt[] {
  const dropped = uniform({ seed, stream: streamOf('captionDropout', of), step, index: 0 }, groups.length);
  return groups.map((group, i) => ((dropped[i] as number) < captionDropout ? empty : group.conditions));
}

/** Draws of groups of one shape, whose latents and prompts are read for it. */
export function groupDraws(
  folder: DiffusionModel,
  dataset: GroupDataset,
  {
    captionDropout,
    objective,
    timesteps: rule,
    shareNoise,
  }: Pick<BatchSettings, 'captionDropout' | 'objective' | 'timesteps' | 'shareNoise'>,
): (groups: readonly EncodedGroup[], key: DrawKey) => Promise<Draw> {
  const schedule = trainingSchedule(rule, folder.scheduler as Parameters<typeof trainingSchedule>[1]);
  return async (groups, key) => {
    const { of, ...counter } = key;
    const stream = streamOf('posterior', of);
    const prompts = await Promise.all(
      drawPrompts(dataset, captionDropout, groups, key).map((prompt) => dataset.readPrompt(prompt)),
    );
    const batch = groups.length;
    const shape = dataset.shapes[groups[0]?.shape ?? 0] as GroupShape;
    const sides = Array.from({ length: sidesOf(objective, shape) }, (_, side) => side);
    const latents = await Promise.all(
      sides.map(async (side) => {
        const images = await Promise.all(groups.map(({ images }) => dataset.readImage(images[side] as EncodedImage)));
        return joinFloat32(
          images.map((image, i) => drawLatent(image, folder, { ...counter, stream, index: side * batch + i })),
        );
      }),
    );
    const elements = latentElements(shape);
    const { noise, ...levels } = noiseFeeds(schedule, { ...key, rule, batch, elements });
    const shared = {
      ...levels,
      encoderHiddenStates: joinFloat32(prompts.map(({ encoderHiddenStates }) => encoderHiddenStates)),
      textEmbeds: joinFloat32(prompts.map(({ textEmbeds }) => textEmbeds ?? new Float32Array())),
      timeIds: joinFloat32(groups.map((group) => timeIds(group, dataset))),
    };
    if (shareNoise) return { bySide: { latents }, shared: { ...shared, noise } };
    const own = sides.map((side) => (side === 0 ? noise : sideNoise(key, side, batch * elements)));
    return { bySide: { latents, noise: own }, shared };
  };
}

/** The feeds of draws, one after the other within each side. */
export function joinDraws(draws: readonly Draw[]): Record<string, Float32Array> {
  const [first] = draws;
  const join = (of: (draw: Draw) => Float32Array | undefined): Float32Array =>
    joinFloat32(draws.map((draw) => of(draw) as Float32Array));
  const names = (of: object | undefined): string[] => Object.keys(of ?? {});
  return {
    ...Object.fromEntries(
      names(first?.bySide).map((name) => [
        name,
        joinFloat32((first?.bySide[name] ?? []).map((_, s) => join(({ bySide }) => bySide[name]?.[s]))),
      ]),
    ),
    ...Object.fromEntries(names(first?.shared).map((name) => [name, join(({ shared }) => shared[name])])),
  };
}
