import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pretrain, recipeSchema } from '@bradley/train';
import { parse } from 'yaml';
import { z } from 'zod';
import { writeEmojiDataset } from './emoji/dataset.js';

export interface PretrainModelOptions {
  /** Path of a recipe.yaml; its tokenizer lies beside it. */
  readonly recipe: string;
  /** Folder of pictures with captions.jsonl; the emoji are drawn there when it is empty. */
  readonly data: string;
  /** Folder of the two runs: called again, they go on. */
  readonly runs: string;
  /** The diffusers folder to write. */
  readonly output: string;
  readonly threads?: number;
}

/** Trains a text-to-image model from scratch by a recipe file. False when it was asked to stop. */
export async function pretrainModel({ recipe: path, data, ...rest }: PretrainModelOptions): Promise<boolean> {
  const parsed = recipeSchema.safeParse(parse(await readFile(path, 'utf8')));
  if (!parsed.success) throw new Error(`${path} is not a recipe:\n${z.prettifyError(parsed.error)}`);
  return pretrain(parsed.data, { data, recipeFolder: dirname(resolve(path)), ...rest });
}

/** Draws the pictures that the emoji recipe trains on. Returns how many. */
export const drawEmoji = writeEmojiDataset;
