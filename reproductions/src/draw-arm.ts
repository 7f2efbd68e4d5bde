import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage, type RgbImage, writeFileAtomic } from '@bradley/formats';
import type { Drawer } from 'bradley';
import { drawing } from './candidates.js';

/** A picture that an arm drew, of a held-out prompt. */
export interface DrawnSample {
  readonly prompt: string;
  readonly seed: number;
  readonly image: RgbImage;
}

/** Seeds of the pictures that are judged: the same for every arm. */
export const judgedSeeds = [7, 8] as const;

/** Every prompt with every judged seed, drawn with a LoRA at full strength, or by the base model for null. What is drawn already is read. */
export async function drawArm(
  folder: string,
  drawer: Drawer,
  adapter: string | null,
  prompts: readonly string[],
): Promise<DrawnSample[]> {
  await mkdir(folder, { recursive: true });
  const each = prompts.flatMap((prompt) => judgedSeeds.map((seed) => ({ prompt, seed })));
  const fileOf = ({ prompt, seed }: (typeof each)[number]) =>
    join(folder, `${prompt.replaceAll(' ', '-')}-${seed}.png`);
  const bytes = await Promise.all(each.map((of) => readFile(fileOf(of)).catch(() => null)));
  const missing = each.filter((_, i) => bytes[i] === null);
  const writing: Promise<void>[] = [];
  if (missing.length > 0)
    await drawer.draw(
      { prompts: missing.map(({ prompt }) => prompt), seeds: missing.map(({ seed }) => seed), adapter, ...drawing },
      ({ index, png }) => writing.push(writeFileAtomic(fileOf(missing[index] as (typeof each)[number]), png)),
    );
  await Promise.all(writing);
  return Promise.all(each.map(async (of) => ({ ...of, image: await decodeImage(fileOf(of)) })));
}
