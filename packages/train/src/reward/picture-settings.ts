import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PictureNormalisation } from '@bradley/formats';
import { z } from 'zod';

const channels = z.array(z.number()).length(3);

/** What of CLIPImageProcessor is computed. */
const preprocessorSchema = z.object({
  do_resize: z.literal(true).default(true),
  do_center_crop: z.literal(true).default(true),
  do_normalize: z.literal(true).default(true),
  /** Bicubic. */
  resample: z.literal(3).default(3),
  image_mean: channels,
  image_std: channels,
});

/**
 * How a CLIP folder wants pictures: its `preprocessor_config.json`, at the size of its vision tower.
 * @throws Error naming the file and what is not supported in it
 */
export async function pictureSettings(folder: string, size: number): Promise<PictureNormalisation> {
  const path = join(folder, 'preprocessor_config.json');
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Error(`${path}: cannot be read. The folder of a CLIP has it: it says how pictures are normalised.`);
  });
  const parsed = preprocessorSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${path} is not supported:\n${z.prettifyError(parsed.error)}`);
  const { image_mean: mean, image_std: std } = parsed.data;
  return { size, resize: 'pillow', crop: 'down', mean, std };
}
