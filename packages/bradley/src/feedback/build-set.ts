import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Scorer } from '@bradley/evaluate';
import { decodeImage, openJsonlWriter, readJsonl, writeFileAtomic } from '@bradley/formats';
import type { DiffusionModel } from '@bradley/models';
import {
  type Candidate,
  type Comparison,
  comparisonWriters,
  joinRaters,
  recipeRater,
  scorerRater,
  teachersOf,
  writeTeachers,
} from '@bradley/preferences';
import { cacheKey, fingerprint } from '@bradley/train';
import { z } from 'zod';
import { openEasel } from '../arena/drawing/easel.js';
import type { PictureJob } from '../arena/drawing/messages.js';
import { type ModelOptions, openModel } from '../open-model.js';
import { isFor, promptOf, type Recipe } from './recipes.js';

export interface BuildSetOptions {
  readonly recipe: { readonly name: string; readonly recipe: Recipe };
  readonly prompts: readonly string[];
  readonly model: string;
  readonly fetch?: ModelOptions;
  /** A LoRA file, or null. */
  readonly adapter: string | null;
  readonly steps: number;
  readonly guidance: number;
  /** Of the first prompt; the next one's is 1 more. Both sides of a pair have the same. */
  readonly seed: number;
  readonly threads?: number | undefined;
  /** Keeps pairs whose chosen picture gets as much from a scorer, for the plain prompt. */
  readonly filter: { readonly scorer: Scorer; readonly least: number } | null;
  /** A folder: what is drawn stays there, and the same call goes on where it was stopped. */
  readonly output: string;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface BuiltSet {
  /** The comparisons. */
  readonly path: string;
  readonly pairs: number;
  /** Prompts that the recipe is not for. */
  readonly leftOut: number;
  /** Pairs whose chosen picture did not reach the threshold. */
  readonly filtered: number;
  /** Pairs of which both sides came out the same. */
  readonly alike: number;
}

const drawnSchema = z.object({ key: z.string(), chosen: z.string(), rejected: z.string() });
type Drawn = z.infer<typeof drawnSchema>;

/**
 * Draws a preference set by a recipe: for each prompt both sides from the same noise, what the recipe puts to the prompt apart. Pictures and what
 * was drawn from what lie in the folder; comparisons.jsonl is written when all are there.
 */
export async function buildSet(options: BuildSetOptions): Promise<BuiltSet> {
  const {
    recipe: { recipe },
    prompts,
    output,
    seed,
    steps,
    guidance,
    adapter,
    onProgress = () => {},
  } = options;
  const asked = prompts.map((prompt, i) => ({ prompt, seed: seed + i })).filter(({ prompt }) => isFor(recipe, prompt));
  if (asked.length === 0)
    throw new Error(
      `none of ${prompts.length} prompts has one of the words ${recipe.words?.join(', ')} that the recipe is for.`,
    );
  const settings = { adapter, strength: 1, sampler: null, steps, guidance };
  const model = await openModel(options.model, options.fetch);
  const weights = await weightsKey(model, adapter);
  const keyOf = (one: (typeof asked)[number]): string =>
    JSON.stringify([options.model, weights, settings, recipe.chosen, recipe.rejected, one]);
  await mkdir(join(output, 'media'), { recursive: true });
  const log = join(output, 'drawn.jsonl');
  const drawn = await readDrawn(log);
  const missing = asked.filter((one) => !drawn.has(keyOf(one)));
  onProgress(asked.length - missing.length, asked.length);
  if (missing.length > 0) {
    const easel = await openEasel(model, options.threads ? { threads: options.threads } : {});
    const writer = await openJsonlWriter(log);
    try {
      for (const [i, one] of missing.entries()) {
        const jobs = [recipe.chosen, recipe.rejected].map(
          (side): PictureJob => ({ prompt: promptOf(side, one.prompt), seed: one.seed, look: side.look ?? null }),
        );
        const pictures: string[] = [];
        const drawnSides: Promise<unknown>[] = [];
        await easel.draw(jobs, settings, (png, side) => {
          const sha256 = createHash('sha256').update(png).digest('hex');
          pictures[side] = sha256;
          drawnSides.push(writeFileAtomic(join(output, 'media', `${sha256}.png`), png));
        });
        await Promise.all(drawnSides);
        const [chosen, rejected] = pictures as [string, string];
        await writer.write({ key: keyOf(one), chosen, rejected });
        drawn.set(keyOf(one), { key: keyOf(one), chosen, rejected });
        onProgress(asked.length - missing.length + i + 1, asked.length);
      }
    } finally {
      await writer.close();
      await easel.release();
    }
  }
  const pairs = asked.map((one) => ({ ...one, ...(drawn.get(keyOf(one)) as Drawn) }));
  return writeSet(options, pairs, prompts.length - asked.length);
}

/** The model's files by path, size and time of change, a LoRA by its content: others at the same place draw anew. */
async function weightsKey({ unet, vae, textEncoders }: DiffusionModel, adapter: string | null): Promise<string> {
  const parts = [unet, vae, ...textEncoders].map(({ tensors, config }) => fingerprint(tensors, config));
  const lora =
    adapter === null
      ? 'none'
      : createHash('sha256')
          .update(await readFile(adapter))
          .digest('hex');
  return cacheKey(...(await Promise.all(parts)), lora).slice(0, 16);
}

async function readDrawn(path: string): Promise<Map<string, Drawn>> {
  const drawn = new Map<string, Drawn>();
  const lines = readJsonl(path, { ignoreIncompleteLine: true });
  try {
    for await (const { value } of lines) {
      const one = drawnSchema.parse(value);
      drawn.set(one.key, one);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return drawn;
}

async function writeSet(
  { recipe, model, adapter, steps, guidance, filter, output }: BuildSetOptions,
  pairs: readonly (Drawn & { readonly prompt: string; readonly seed: number })[],
  leftOut: number,
): Promise<BuiltSet> {
  const path = resolve(output, 'comparisons.jsonl');
  const counts = { pairs: 0, filtered: 0, alike: 0 };
  const pictureOf = (sha256: string): Promise<Buffer> => readFile(join(dirname(path), 'media', `${sha256}.png`));
  // Who says which pairs stay has chosen too.
  const filters = filter ? [filter.scorer] : [];
  const rater = joinRaters([recipeRater(recipe.name), ...filters.map(scorerRater)]);
  async function* records(): AsyncGenerator<Comparison> {
    for (const { prompt, seed, chosen, rejected } of pairs) {
      if (chosen === rejected) {
        counts.alike++;
        continue;
      }
      if (filter) {
        const image = await decodeImage(await pictureOf(chosen), { name: chosen });
        const [score] = await filter.scorer.score([{ prompt, image, sha256: chosen }]);
        if (!((score as number) >= filter.least)) {
          counts.filtered++;
          continue;
        }
      }
      counts.pairs++;
      const made = { model, seed, steps, guidance, ...(adapter === null ? {} : { adapter }) };
      const candidates: Candidate[] = [chosen, rejected].map((media) => ({ media, ...made }));
      const outcome = { kind: 'winner' as const, index: 0 };
      const id = createHash('sha256')
        .update(`${recipe.name} ${prompt} ${chosen} ${rejected}`)
        .digest('hex')
        .slice(0, 32);
      yield { id, prompt, candidates, outcome, question: 'overall', rater };
    }
  }
  await comparisonWriters.jsonl.write(path, {
    records: records(),
    loadMedia: ({ media }) => pictureOf(media),
    onRefusal: ({ where, refused }) => {
      throw new Error(`${where}: ${refused}`);
    },
  });
  await writeTeachers(path, teachersOf(filters));
  return { path, leftOut, ...counts };
}
