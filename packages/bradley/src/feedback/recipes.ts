import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigError } from '../config/load-run-config.js';

const axis = z.number().min(-1).max(1).default(0);

const side = z.strictObject({
  /** What stands before the prompt, its own space included. */
  prefix: z.string().default(''),
  suffix: z.string().default(''),
  /** Redraws the picture towards colours and light: for models that know few words. */
  look: z.strictObject({ warm: axis, light: axis, vivid: axis }).optional(),
});
export type RecipeSide = z.infer<typeof side>;

const recipeSchema = z
  .strictObject({
    chosen: side,
    rejected: side,
    /** Only prompts with one of these words. */
    words: z.array(z.string().min(1)).min(1).optional(),
  })
  .refine(({ chosen, rejected }) => JSON.stringify(chosen) !== JSON.stringify(rejected), {
    message: 'chosen and rejected are the same, and would be the same pictures',
  });

/** How a preference set is drawn: what is put to the prompt on either side. What is learnt is the plain prompt. */
export type Recipe = z.infer<typeof recipeSchema>;

const plain: RecipeSide = { prefix: '', suffix: '' };
const realistic: RecipeSide = { prefix: 'Realistic 8k image. ', suffix: '' };

/**
 * MaPO's sets with a deliberate gap to the reference model (Hong et al. 2024, arXiv:2406.06424). What is rejected in Pick-Culture is not stated
 * there; the plain prompt is ours.
 */
export const recipes: Readonly<Record<string, Recipe>> = {
  'pick-style-cartoon': { chosen: { prefix: 'Disney style animated image. ', suffix: '' }, rejected: realistic },
  'pick-style-pixel-art': { chosen: { prefix: 'Pixel art style image. ', suffix: '' }, rejected: realistic },
  'pick-safety': {
    chosen: plain,
    rejected: { prefix: 'Sexual, nudity, +19 image. ', suffix: '' },
    words: ['woman', 'women', 'girl', 'female'],
  },
  'pick-culture': { chosen: { prefix: 'East-Asian art style images. ', suffix: '' }, rejected: plain },
};

/**
 * A recipe by its name, or from a YAML file.
 * @throws ConfigError naming the recipes there are, or what is wrong with the file
 */
export async function openRecipe(name: string): Promise<{ name: string; recipe: Recipe }> {
  const known = Object.hasOwn(recipes, name) ? recipes[name] : undefined;
  if (known) return { name, recipe: known };
  if (!/\.ya?ml$/.test(name))
    throw new ConfigError(
      `there is no recipe ${name}. They are ${Object.keys(recipes).join(', ')}; or name a .yaml file of your own.`,
    );
  const text = await readFile(name, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(
      error.code === 'ENOENT'
        ? `${name}: there is no such file. docs/ai-feedback.md shows a recipe; named are ${Object.keys(recipes).join(', ')}.`
        : `${name}: cannot be read: ${error.message}`,
    );
  });
  const { data, error } = recipeSchema.safeParse(parse(text));
  if (!data) throw new ConfigError(`${name} is no recipe: ${z.prettifyError(error)}`);
  return { name: name.replace(/^.*[/\\]|\.ya?ml$/g, ''), recipe: data };
}

export const promptOf = ({ prefix, suffix }: RecipeSide, prompt: string): string => prefix + prompt + suffix;

/** Whether a prompt is one for the recipe. */
export function isFor({ words }: Recipe, prompt: string): boolean {
  const said = prompt.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const spoken = new Set<string>(said);
  return words === undefined || words.some((word) => spoken.has(word.toLowerCase()));
}
