import { stat } from 'node:fs/promises';
import { encodePng } from '@bradley/formats';
import {
  type DiffusionModel,
  type ImageSampler,
  openImageSampler,
  type SamplingAdapter,
  vaeScale,
} from '@bradley/models';
import { openRedrawer, type Redrawer } from '../../emoji/redraw.js';
import { readSamplingAdapter } from '../../lora/use-lora.js';
import { roomFor } from '../../sample-images.js';
import { applyLook } from '../looks.js';
import type { DrawSettings, PictureJob } from './messages.js';

/** The share of the way to noise from which a picture of a look is redrawn: less is a filter, more forgets the look. */
const lookStrength = 0.375;

/** Pictures that are denoised together: two are a pair. */
const batch = 2;

/** A model held ready to draw. */
export interface Easel {
  /** Draws in order and gives each picture as a PNG when it is ready. `cancelled` is asked between pictures. */
  draw(
    pictures: readonly PictureJob[],
    settings: DrawSettings,
    onPicture: (png: Uint8Array, index: number) => void,
    cancelled?: () => boolean,
  ): Promise<void>;
  release(): Promise<void>;
}

/** What draws with one adapter. */
interface Hand {
  readonly key: string;
  readonly adapter: SamplingAdapter | null;
  readonly sampler: ImageSampler;
  readonly redrawers: Map<string, Promise<Redrawer>>;
}

/** Opens a model for drawing. The last two adapters stay open, the plain model counting as one: before and after come in turns. */
export async function openEasel(
  model: DiffusionModel,
  { threads }: { readonly threads?: number } = {},
): Promise<Easel> {
  const session = threads ? { threads } : {};
  const hands: Hand[] = [];

  const handOf = async ({ adapter: file, strength }: DrawSettings): Promise<Hand> => {
    const key = file === null ? 'none' : `${file} ${(await stat(file)).mtimeMs} ${strength}`;
    const at = hands.findIndex((hand) => hand.key === key);
    const [held] = at < 0 ? [] : hands.splice(at, 1);
    const adapter = held?.adapter ?? (file === null ? null : await readSamplingAdapter(model, file, strength));
    const room = adapter ? roomFor(adapter) : {};
    const hand = held ?? {
      key,
      adapter,
      sampler: await openImageSampler(model, { batch, ...room, ...session }),
      redrawers: new Map(),
    };
    hands.push(hand);
    if (hands.length > 2) await releaseHand(hands.shift() as Hand);
    return hand;
  };

  const redrawerOf = ({ adapter, redrawers }: Hand, { steps, guidance }: DrawSettings): Promise<Redrawer> => {
    const key = `${steps} ${guidance}`;
    const room = adapter ? { adapter: adapter.config } : {};
    const redrawer =
      redrawers.get(key) ??
      openRedrawer(model, { strength: lookStrength, steps, guidance, batch, ...room, ...session });
    redrawers.set(key, redrawer);
    return redrawer;
  };

  const drawSome = async (jobs: readonly PictureJob[], settings: DrawSettings): Promise<Float32Array[]> => {
    const hand = await handOf(settings);
    const drawings = [...new Map(jobs.map((job) => [drawingOf(job), job])).values()];
    const { steps, guidance, sampler } = settings;
    const images = await hand.sampler.sample({
      prompts: drawings.map(({ prompt }) => prompt),
      seeds: drawings.map(({ seed }) => seed),
      steps,
      guidance,
      adapter: hand.adapter,
      ...(sampler ? { sampler } : {}),
    });
    const drawn = new Map(drawings.map((job, i) => [drawingOf(job), (images[i] as { data: Float32Array }).data]));
    const looked = jobs.flatMap(({ prompt, seed, look }) => {
      if (!look) return [];
      const image = applyLook(drawn.get(drawingOf({ prompt, seed })) as Float32Array, look);
      return [{ name: prompt, image, noise: { seed, stream: 'look', step: 0, index: 0 } }];
    });
    const redrawn = looked.length > 0 ? await (await redrawerOf(hand, settings)).redraw(looked, hand.adapter) : [];
    return jobs.map((job) => (job.look ? redrawn.shift() : drawn.get(drawingOf(job))) as Float32Array);
  };

  return {
    async draw(pictures, settings, onPicture, cancelled = () => false) {
      const side = (model.unet.config.sample_size ?? 64) * vaeScale(model.vae.config);
      for (let start = 0; start < pictures.length; ) {
        await new Promise(setImmediate); // computing blocks this thread: let it hear of a cancellation
        if (cancelled()) return;
        // The first pair alone, so that there is something to look at; then two pairs, whose drawings fill a batch.
        const jobs = pictures.slice(start, start + (start === 0 ? batch : 2 * batch));
        const images = await drawSome(jobs, settings).catch((cause: Error) => {
          const prompts = [...new Set(jobs.map(({ prompt }) => `"${prompt}"`))].join(' and ');
          throw new Error(`${prompts} could not be drawn: ${cause.message}`, { cause });
        });
        for (const [i, image] of images.entries()) onPicture(await encodePng(image, side, side), start + i);
        start += jobs.length;
      }
    },
    async release() {
      for (const hand of hands.splice(0)) await releaseHand(hand);
    },
  };
}

/** Pictures of one drawing differ by their look alone. */
const drawingOf = ({ prompt, seed }: Pick<PictureJob, 'prompt' | 'seed'>): string => `${seed} ${prompt}`;

async function releaseHand({ sampler, redrawers }: Hand): Promise<void> {
  await sampler.release();
  for (const redrawer of redrawers.values()) await (await redrawer).release();
}
