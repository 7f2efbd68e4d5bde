import { openLatentDecoder, openLatentEncoder, openPart, scaleLatents, vaeConfigSchema } from '@bradley/models';
import { normal, type SessionOptions } from '@bradley/runtime';
import { imageSize } from './render.js';

/**
 * Pictures (3, 64, 64) as a VAE's decoder redraws them, cut to [−1, 1]: of the mean of the posterior, or, with a seed, of a
 * draw from it. What the model samples has passed the same decoder.
 */
export async function reconstruct(
  images: readonly Float32Array[],
  vaeFolder: string,
  { drawSeed = null, ...options }: SessionOptions & { readonly drawSeed?: number | null } = {},
): Promise<Float32Array[]> {
  const vae = await openPart(vaeFolder, vaeConfigSchema);
  const encoder = await openLatentEncoder(vae, { height: imageSize, width: imageSize }, options);
  const [, height, width] = encoder.shape;
  const decoder = await openLatentDecoder(vae, [height, width], options);
  const redrawn: Float32Array[] = [];
  for (const [index, image] of images.entries()) {
    const { mean, logvar } = await encoder.encode(image);
    const noise =
      drawSeed === null ? null : normal({ seed: drawSeed, stream: 'posterior', step: 0, index }, mean.length);
    const latents = noise ? mean.map((m, i) => m + Math.exp((logvar[i] as number) / 2) * (noise[i] as number)) : mean;
    const decoded = await decoder.decode(scaleLatents(latents, vae.config));
    redrawn.push(decoded.map((value) => Math.min(Math.max(value, -1), 1)));
  }
  await Promise.all([encoder.release(), decoder.release()]);
  return redrawn;
}
