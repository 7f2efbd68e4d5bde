import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TimelineColumn, writeTimeline } from '@bradley/evaluate';
import { decodeImage, encodePng, type RgbImage, smallPicture, writeFileAtomic } from '@bradley/formats';
import { validationPage } from '@bradley/train';
import { z } from 'zod';
import { captionsOf, type PictureSettings } from './picture-settings.js';

/** The file that says what a folder's pictures are; it is written last, so that one which has it is whole. */
const about = 'pictures.json';

const savedSchema = z.object({
  settings: z.looseObject({ rows: z.array(z.object({ prompt: z.string(), seed: z.int() })) }),
  facts: z.object({
    step: z.int().nonnegative().optional(),
    heldOutLoss: z.number().nullable().optional(),
    heldOutPairs: z.int().optional(),
    heldOutRankings: z.int().optional(),
    heldOutAccuracy: z.number().optional(),
    heldOutAccuracyLow: z.number().optional(),
    heldOutAccuracyHigh: z.number().optional(),
  }),
});

type Saved = z.infer<typeof savedSchema>;

const fileOf = (row: number): string => `${String(row).padStart(2, '0')}.png`;

/** Writes a folder of pictures, a PNG a row, with what they are of. */
export async function savePictures(
  folder: string,
  pictures: readonly RgbImage[],
  settings: PictureSettings,
  facts: object,
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [row, { data, width, height }] of pictures.entries())
    await writeFileAtomic(join(folder, fileOf(row)), await encodePng(data, width, height));
  await writeFileAtomic(join(folder, about), `${JSON.stringify({ settings, facts }, null, 2)}\n`);
}

/** The pictures of a folder, if it has those of these very settings. */
export async function readPictures(folder: string, settings: PictureSettings): Promise<RgbImage[] | null> {
  const saved = await readSaved(folder);
  if (JSON.stringify(saved?.settings) !== JSON.stringify(settings)) return null;
  return Promise.all(settings.rows.map((_, row) => decodeImage(join(folder, fileOf(row)))));
}

async function readSaved(folder: string): Promise<Saved | null> {
  const text = await readFile(join(folder, about), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return null;
  });
  return text === null ? null : savedSchema.parse(JSON.parse(text));
}

/** Writes validation/index.html anew, of the pictures that are there. */
export async function writeValidationPage(folder: string, settings: PictureSettings): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^step-\d+$/.test(name)).sort();
  const column = async (name: string): Promise<TimelineColumn | null> => {
    const saved = await readSaved(join(folder, name));
    return saved && columnOf(folder, name, saved, settings);
  };
  const base = await column('base');
  if (!base) return;
  const steps = (await Promise.all(names.map(column))).filter((found) => found !== null);
  await writeTimeline(join(folder, validationPage), {
    title: 'What the run has learnt to draw',
    sentences: [
      `The same prompts and seeds at each step, beside the base model (${settings.model}). ${samplingText(settings)}`,
    ],
    captions: captionsOf(settings),
    base,
    steps,
  });
}

async function columnOf(
  folder: string,
  name: string,
  saved: Saved,
  { rows }: PictureSettings,
): Promise<TimelineColumn> {
  const { step, heldOutLoss } = saved.facts;
  const of = (prompt: string, seed: number): number =>
    saved.settings.rows.findIndex((row) => row.prompt === prompt && row.seed === seed);
  const pictures = rows.map(async ({ prompt, seed }) => {
    const row = of(prompt, seed);
    if (row < 0) return null;
    const file = `${name}/${fileOf(row)}`;
    return { small: await smallPicture(join(folder, file)), file };
  });
  return {
    name: step === undefined ? 'base' : `step ${step}`,
    facts: {
      ...(typeof heldOutLoss === 'number' ? { 'held-out loss': heldOutLoss } : {}),
      ...accuracyOf(saved.facts),
    },
    pictures: await Promise.all(pictures),
  };
}

/** Of pairs the count, which is shown with Wilson's interval; of rankings, whose pairs depend on each other, the words with their own. */
function accuracyOf(facts: Saved['facts']): TimelineColumn['facts'] {
  const { heldOutPairs: total, heldOutRankings: rankings, heldOutAccuracy: share } = facts;
  if (share === undefined || total === undefined) return {};
  const count = Math.round(share * total);
  if (rankings === undefined) return { 'implicit accuracy': { count, total } };
  const [low, high] = [facts.heldOutAccuracyLow, facts.heldOutAccuracyHigh].map((x) =>
    Math.round(100 * (x ?? Number.NaN)),
  );
  return {
    'implicit accuracy': `${Math.round(100 * share)} % (${count} of ${total} pairs in ${rankings} rankings, 95 % interval ${low}–${high} %)`,
  };
}

const samplingText = ({ sampler, steps, guidance }: PictureSettings): string =>
  `Sampled with ${sampler}, ${steps} steps, guidance ${guidance}.`;
