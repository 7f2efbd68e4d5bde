import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RgbImage, toModelRange } from '@bradley/formats';
import { z } from 'zod';

/** What a vision tower is shown of a picture. */
export interface PixelSettings {
  /** The side of the square. */
  readonly size: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

const channels = z.array(z.number()).length(3);
const preprocessorSchema = z.object({
  image_mean: channels.default([0.48145466, 0.4578275, 0.40821073]),
  image_std: channels.default([0.26862954, 0.26130258, 0.27577711]),
});

/** From `preprocessor_config.json`: mean and deviation of the channels. Its sizes must be that of the vision tower. */
export async function pixelSettings(folder: string, size: number): Promise<PixelSettings> {
  const path = join(folder, 'preprocessor_config.json');
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Error(`${path}: cannot be read. A CLIP folder has it: it says how pictures are normalised.`);
  });
  const { image_mean: mean, image_std: std } = preprocessorSchema.parse(JSON.parse(text));
  return { size, mean, std };
}

/** (3, size, size), normalised. */
export async function toPixels(image: RgbImage, { size, mean, std }: PixelSettings): Promise<Float32Array> {
  const { data } = await toModelRange(image, size);
  const plane = size * size;
  return data.map((x, i) => {
    const channel = Math.floor(i / plane);
    return (x / 2 + 0.5 - (mean[channel] as number)) / (std[channel] as number);
  });
}
