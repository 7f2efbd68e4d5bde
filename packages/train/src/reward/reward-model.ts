import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadTokenizer, type PictureNormalisation, pixelValues, type RgbImage, type Tokenizer } from '@bradley/formats';
import { type ClipConfig, clipConfigSchema, openPart, type Part } from '@bradley/models';
import { z } from 'zod';
import { pictureSettings } from './picture-settings.js';
import { type RewardJson, rewardJsonSchema } from './reward-json.js';

/** A CLIP folder, opened: its config, where its weights lie, its tokenizer and how it sees pictures. */
export interface ClipFolder {
  readonly path: string;
  readonly part: Part<ClipConfig>;
  readonly tokenizer: Tokenizer;
  readonly pixels: PictureNormalisation;
}

/** A CLIP folder with its `reward.json`. */
export interface RewardModel extends ClipFolder {
  readonly reward: RewardJson;
}

export const rewardFile = 'reward.json';

/**
 * Opens a folder as transformers saves a CLIPModel with its processor.
 * @throws Error naming the file that is missing or does not fit
 */
export async function openClipFolder(folder: string): Promise<ClipFolder> {
  const path = resolve(folder);
  if (!(await stat(join(path, 'config.json')).catch(() => null)))
    throw new Error(
      `${path}: there is no config.json in it. Expected a CLIP as transformers saves it with its processor: config.json, model.safetensors, ` +
        'preprocessor_config.json and a tokenizer.',
    );
  const part = await openPart(path, clipConfigSchema);
  const pixels = await pictureSettings(path, part.config.vision_config.image_size);
  return { path, part, tokenizer: await loadTokenizer(path), pixels };
}

/**
 * Opens what `bradley reward train` writes.
 * @throws Error for a folder without a reward.json, or with one that is not ours
 */
export async function openRewardModel(folder: string): Promise<RewardModel> {
  const path = join(folder, rewardFile);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'there is no such file' : error.message;
    throw new Error(`${path}: ${why}. A reward model is a folder that bradley reward train has written.`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${path}: not JSON (${error instanceof Error ? error.message : error}).`);
  }
  const parsed = rewardJsonSchema.safeParse(json);
  if (!parsed.success) throw new Error(`${path}: not a reward.json of ours:\n${z.prettifyError(parsed.error)}`);
  return { ...(await openClipFolder(folder)), reward: parsed.data };
}

/** The ids of a prompt, `tokens` of them: longer ones are cut. */
export function promptIds({ tokenizer }: ClipFolder, prompt: string, tokens: number): number[] {
  return tokenizer.encode(prompt, { maxLength: tokens, padding: 'max', truncation: true }).ids;
}

/** A picture as the vision tower takes it: (3, S, S). */
export function picturePixels({ pixels }: ClipFolder, image: RgbImage): Float32Array {
  return pixelValues(image, pixels);
}
