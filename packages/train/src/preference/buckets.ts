import type { PictureSize } from '@bradley/formats';
import { type DiffusionModel, vaeScale } from '@bradley/models';

/** Which sizes pictures may be brought to, where not all to one square. */
export interface BucketOptions {
  /** Longest side over shortest, at most. */
  readonly maxAspect: number;
  /** Sides are multiples of so many pixels; null is the smallest that the model allows. */
  readonly multiple: number | null;
}

/**
 * Pixels that a picture's sides must be multiples of: the VAE's to a latent, times 2 for each time that the UNet halves its
 * latents. 64 for SD 1.x and 2.x, 32 for SDXL.
 */
export function sideMultiple({ unet, vae }: DiffusionModel): number {
  return vaeScale(vae.config) * 2 ** (unet.config.block_out_channels.length - 1);
}

/**
 * The sizes that a run's pictures may have, the square first: that alone without buckets. Else every side that is a multiple
 * with the longest other side that keeps the area at most the square's, as NovelAI's buckets (2022) are made and SDXL's
 * (Podell et al. 2023, arXiv:2307.01952, §2.3) nearly are. So no bucket needs more memory than the square.
 *
 * @param resolution side of the square in pixels; null is the model's own
 * @throws RangeError when the sides do not fit the model
 */
export function pictureSizes(
  model: DiffusionModel,
  { resolution, buckets }: { readonly resolution: number | null; readonly buckets: BucketOptions | null },
): PictureSize[] {
  const scale = vaeScale(model.vae.config);
  const side = resolution ?? (model.unet.config.sample_size ?? 64) * scale;
  if (side % scale) throw new RangeError(`resolution ${side}: this VAE needs a multiple of ${scale}`);
  const square = { height: side, width: side };
  if (!buckets) return [square];
  const least = sideMultiple(model);
  const multiple = buckets.multiple ?? least;
  const because = `the VAE has ${scale} pixels to a latent and the UNet halves latents ${Math.log2(least / scale)} times`;
  if (multiple % least)
    throw new RangeError(`data.buckets.multiple ${multiple}: expected a multiple of ${least}, as ${because}`);
  if (side % multiple)
    throw new RangeError(
      `data.resolution ${side}: with buckets it must be a multiple of ${multiple}` +
        `${multiple === least ? `, as ${because}` : ', which data.buckets.multiple says'}. Choose ${nearestMultiple(side, multiple)}.`,
    );
  return [square, ...oblongs(side * side, multiple, buckets.maxAspect)];
}

function oblongs(area: number, multiple: number, maxAspect: number): PictureSize[] {
  const sizes: PictureSize[] = [];
  for (let short = multiple; short * short < area; short += multiple) {
    const long = Math.floor(area / short / multiple) * multiple;
    if (long > short && long <= maxAspect * short)
      sizes.push({ height: short, width: long }, { height: long, width: short });
  }
  return sizes;
}

const nearestMultiple = (side: number, multiple: number): number => Math.max(1, Math.round(side / multiple)) * multiple;

/** The index of the size whose aspect ratio is nearest to that of some pictures, by the mean of their logarithms. */
export function nearestSize(sizes: readonly PictureSize[], pictures: readonly PictureSize[]): number {
  const wanted = pictures.reduce((sum, picture) => sum + logAspect(picture), 0) / pictures.length;
  const distances = sizes.map((size) => Math.abs(logAspect(size) - wanted));
  return distances.indexOf(Math.min(...distances));
}

const logAspect = ({ height, width }: PictureSize): number => Math.log(width / height);

/** "576×448" */
export const sizeText = ({ height, width }: PictureSize): string => `${width}×${height}`;
