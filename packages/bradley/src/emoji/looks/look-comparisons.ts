import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage, writeFileAtomic } from '@bradley/formats';
import { openDiffusionModel } from '@bradley/models';
import type { Comparison } from '@bradley/preferences';
import { type Proceed, passOver } from '@bradley/train';
import { z } from 'zod';
import { openEasel } from '../../arena/drawing/easel.js';
import { planPair } from '../../arena/plan-pair.js';
import { type Category, type EmojiName, emojiFolder } from '../names.js';
import { lookFlipped, lookFlipRate, lookPersona, lookUtility } from './look-taste.js';

export interface LookComparisonsOptions {
  /** A folder, which is made: `comparisons.jsonl`, `media/` and `drawn.jsonl`. What a killed process left in it is gone on with. */
  readonly output: string;
  readonly names: readonly EmojiName[];
  readonly pairsPerName: number;
  /** Seeds count from here, one a pair. */
  readonly firstSeed: number;
  /** How often the persona answers against its taste. Default 0.1; 0 gives clean labels. */
  readonly flipRate?: number;
  /** A diffusers folder. Default the emoji model. */
  readonly model?: string;
  readonly threads?: number;
  /** Asked before each name whether to go on. */
  readonly proceed?: Proceed;
}

/** As the quick start samples. */
const drawing = { adapter: null, strength: 1, sampler: null, steps: 16, guidance: 3 };

/**
 * Pairs that the model draws itself, one drawing redrawn towards two opposite looks (`planPair`), and which of the two the look persona
 * chooses. The same options give the same plans and, on the same machine, the same pictures.
 *
 * @returns the comparisons' file, or null when `proceed` said stop
 */
export async function writeLookComparisons(options: LookComparisonsOptions): Promise<string | null> {
  const { output, names, flipRate = lookFlipRate } = options;
  const drawn = await drawPairs(options);
  if (drawn === null) return null;
  const categories = new Map(names.map(({ name, category }) => [name, category]));
  const records: Comparison[] = [];
  for (const pair of drawn) {
    const category = categories.get(pair.prompt) as Category;
    const [a = 0, b = 0] = await Promise.all(
      pair.media.map(async (sha) => lookUtility(category, await decodeImage(mediaFile(output, sha)))),
    );
    const liked = a >= b ? 0 : 1;
    records.push({
      id: pair.id,
      prompt: pair.prompt,
      candidates: pair.media.map((media) => ({ media, model: 'emoji', seed: pair.seed, steps: 16, guidance: 3 })),
      outcome: { kind: 'winner', index: lookFlipped(pair.id, flipRate) ? 1 - liked : liked },
      question: 'overall',
      rater: lookPersona,
    });
  }
  const file = join(output, 'comparisons.jsonl');
  await writeFileAtomic(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  return file;
}

const mediaFile = (output: string, sha: string): string => join(output, 'media', `${sha}.png`);

const drawnPair = z.strictObject({
  id: z.string(),
  prompt: z.string(),
  seed: z.number().int(),
  media: z.tuple([z.string(), z.string()]),
});
type DrawnPair = z.infer<typeof drawnPair>;

/** Name by name, a line of `drawn.jsonl` for each pair. */
async function drawPairs(options: LookComparisonsOptions): Promise<DrawnPair[] | null> {
  const { output, names, pairsPerName, firstSeed, model = emojiFolder, threads, proceed } = options;
  await mkdir(join(output, 'media'), { recursive: true });
  const file = join(output, 'drawn.jsonl');
  const before = await readDrawn(file);
  const easel = await openEasel(await openDiffusionModel(model), threads ? { threads } : {});
  const jobs = names.map(({ name }, i) => ({ name, seed: firstSeed + i * pairsPerName }));
  const drawn = await passOver(jobs, proceed, async ({ name, seed }, counted) => {
    const plans = Array.from({ length: pairsPerName }, (_, k) => planPair(name, seed + k));
    const found = plans.flatMap((plan) => before.get(idOf(plan.prompt, plan.seed)) ?? []);
    if (found.length === plans.length) return found;
    return counted(async () => {
      const pngs: Uint8Array[] = [];
      const pictures = plans.flatMap((plan) => plan.looks.map((look) => ({ prompt: name, seed: plan.seed, look })));
      await easel.draw(pictures, drawing, (png) => pngs.push(png));
      const shas: string[] = [];
      for (const png of pngs) {
        const sha = createHash('sha256').update(png).digest('hex');
        await writeFileAtomic(mediaFile(output, sha), png);
        shas.push(sha);
      }
      const pairs = plans.map((plan, k): DrawnPair => {
        const media: DrawnPair['media'] = [shas[2 * k] as string, shas[2 * k + 1] as string];
        return { id: idOf(name, plan.seed), prompt: name, seed: plan.seed, media };
      });
      await appendFile(file, pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''));
      return pairs;
    })();
  });
  await easel.release();
  return drawn?.flat() ?? null;
}

const idOf = (prompt: string, seed: number): string => `${prompt.replaceAll(' ', '-')}-${seed}`;

/** What a process that was killed has drawn; a last line that was cut off is drawn again. */
async function readDrawn(file: string): Promise<Map<string, DrawnPair>> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole !== text) await writeFileAtomic(file, whole);
  const pairs = whole
    .split('\n')
    .filter(Boolean)
    .map((line) => drawnPair.parse(JSON.parse(line)));
  return new Map(pairs.map((pair) => [pair.id, pair]));
}
