import { float32Tensor, toFloat32 } from '@bradley/formats';
import { type Graph, graph } from '@bradley/graph';
import { checkpointStore, type DiffusionModel, unetNetwork } from '@bradley/models';
import { type DeviceName, openSession, type Session, type SessionOptions } from '@bradley/runtime';
import { oneOpen } from '../one-open.js';
import { type Proceed, passOver } from '../pass.js';
import { denoisingErrors } from '../step/denoising.js';
import { type ContentCache, cacheKey, fingerprint } from './content-cache.js';
import {
  type BatchSettings,
  denoisingShapes,
  drawOf,
  drawPrompts,
  fixedDraw,
  groupDraws,
  joinDraws,
  orderOf,
  type ReferenceErrors,
  sidesOf,
} from './group-batches.js';
import type { EncodedGroup, GroupDataset, GroupShape, GroupShapes } from './group-dataset.js';

export interface ReferencePass {
  readonly cache: ContentCache;
  /** Micro-batches that will be trained on: only the draws that they visit are computed. */
  readonly batches: number;
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly proceed?: Proceed;
}

/**
 * Computes how wrong the reference is on each fixed draw that training will visit, ‖reference − target‖² by side, and keeps
 * each on disk as soon as it is known: a pass that was stopped or killed goes on where it was, and a later run on the same
 * groups computes nothing. One group at a time, so that an error does not depend on its company; shape by shape, with
 * forward-only sessions that are released before this returns.
 *
 * @returns null when `proceed` said stop
 */
export async function keepReferenceErrors(
  folder: DiffusionModel,
  dataset: GroupDataset,
  settings: BatchSettings & { readonly noiseDraws: number },
  { cache, batches, proceed, ...options }: ReferencePass,
): Promise<ReferenceErrors | null> {
  const { noiseDraws, seed } = settings;
  const draw = groupDraws(folder, dataset, settings);
  const facts = await referenceFacts(folder);
  const visited = visitedDraws(dataset, settings, batches);
  const sessions = oneOpen((shape: number) => openReference(folder, dataset, shape, settings, options));
  const kept = await passOver(visited, proceed, async ({ group, number }, counted) => {
    const row = dataset.groups[group] as EncodedGroup;
    const drawn = fixedDraw(row, seed, number);
    const prompts = drawPrompts(dataset, settings.captionDropout, [row], drawn);
    const origins = [...row.images, ...prompts].map(({ key }) => key);
    const key = cacheKey(
      'reference error',
      facts,
      settings.objective.needs.group,
      settings.timesteps,
      ...(settings.shareNoise ? [] : ['own noise']),
      ...origins,
      `${seed}`,
      `${number}`,
    );
    const compute = counted(async () => {
      const errors = await computeErrors(await sessions.at(row.shape), joinDraws([await draw([row], drawn)]));
      return new Map([['errors', float32Tensor([errors.length], errors)]]);
    });
    const errors = (await cache.get(key, compute)).get('errors');
    if (!errors) throw new Error("a cache entry has no 'errors': remove the cache folder");
    return [...toFloat32(errors)];
  }).finally(sessions.release);
  if (!kept) return null;
  const at = (group: number, number: number): number => group * noiseDraws + number;
  const known = new Map(visited.map(({ group, number }, i) => [at(group, number), kept[i]]));
  return (group, number) => {
    const errors = known.get(at(group, number));
    if (!errors) throw new RangeError(`no error of the reference was kept for draw ${number} of group ${group}`);
    return errors;
  };
}

/** Changes when the reference would predict something else of the same latents. */
async function referenceFacts({ unet, scheduler, predictionType }: DiffusionModel): Promise<string> {
  return cacheKey(await fingerprint(unet.tensors, unet.config), JSON.stringify(scheduler), predictionType);
}

/** The draws that so many batches visit, each once: shape by shape, and there in the order of their first visit. */
function visitedDraws(
  dataset: GroupDataset,
  settings: BatchSettings & { readonly noiseDraws: number },
  batches: number,
): { group: number; number: number }[] {
  const { noiseDraws } = settings;
  const order = orderOf(dataset, settings);
  const visited = new Set<number>();
  const all = dataset.groups.length * noiseDraws;
  for (let batch = 0; batch < batches && visited.size < all; batch++)
    for (const visit of order.batch(batch).visits) visited.add(visit.index * noiseDraws + drawOf(visit, noiseDraws));
  const shapeOf = (group: number): number => dataset.groups[group]?.shape ?? 0;
  return Array.from(visited, (at) => ({ group: Math.floor(at / noiseDraws), number: at % noiseDraws })).toSorted(
    (a, b) => shapeOf(a.group) - shapeOf(b.group),
  );
}

/** What the pass computes of a group of a dataset's shape. */
export function referenceGraph(
  folder: DiffusionModel,
  dataset: GroupShapes,
  shape: number,
  { objective, shareNoise }: Pick<BatchSettings, 'objective' | 'shareNoise'>,
): Graph {
  const network = unetNetwork(folder.unet.config, checkpointStore(folder.unet.tensors, folder.unet.path));
  const sides = sidesOf(objective, dataset.shapes[shape] as GroupShape);
  return graph({ errors: denoisingErrors(network, denoisingShapes(folder, dataset, shape, 1, { shareNoise }), sides) });
}

async function openReference(
  folder: DiffusionModel,
  dataset: GroupDataset,
  shape: number,
  settings: BatchSettings,
  options: SessionOptions,
): Promise<Session> {
  return openSession(referenceGraph(folder, dataset, shape, settings), options);
}

async function computeErrors(session: Session, feeds: Record<string, Float32Array>): Promise<Float32Array> {
  const wanted = new Set(session.model.inputs.map(({ name }) => name));
  const known = Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name)));
  return (await session.run(known)).errors?.data as Float32Array;
}
