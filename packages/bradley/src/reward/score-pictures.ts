import { join } from 'node:path';
import { keptScores, openScorer, type Scorer, type ScorerOptions, scoreAll, splitScorerSpecs } from '@bradley/evaluate';
import { cacheFolder, replaceFile } from '@bradley/formats';
import { scorerTable } from '../scorers.js';
import { picturesToScore } from './pictures-to-score.js';

export interface ScorePicturesOptions {
  /** `name` or `name:argument`, several separated by commas. */
  readonly scorers: string;
  /** A folder of pictures, a list of them, or comparisons. */
  readonly images: string;
  /** Of all pictures in a folder that has none for each. */
  readonly prompt?: string | null;
  /** File to write to, by its ending JSONL or CSV. */
  readonly output?: string;
  readonly opening?: ScorerOptions;
  readonly onProgress?: (progress: { done: number; kept: number; total: number | null }) => void;
  readonly signal?: AbortSignal;
}

export interface ScoredPicture {
  readonly file: string;
  readonly prompt: string;
  readonly sha256: string;
  /** By the scorers' names. */
  readonly scores: Readonly<Record<string, number>>;
}

export interface ScoredPictures {
  readonly scorers: readonly { readonly name: string; readonly identity: string; readonly mean: number }[];
  readonly pictures: readonly ScoredPicture[];
}

/** Between two keepings: what a kill loses, and how long Ctrl-C waits. A ViT-H takes seconds for each on a CPU. */
const picturesAtOnce = 8;

/**
 * Scores pictures by scorers, and writes the scores down. They are kept in Bradley's cache, by picture, prompt and scorer: what
 * was stopped goes on where it was.
 * @throws Error for a scorer or pictures that cannot be opened
 */
export async function scorePictures(options: ScorePicturesOptions): Promise<ScoredPictures> {
  const { images, prompt = null, output, opening = {}, onProgress, signal } = options;
  const scorers: Scorer[] = [];
  const pictures: ScoredPicture[] = [];
  try {
    for (const spec of splitScorerSpecs(options.scorers, scorerTable)) {
      const scorer = await openScorer(spec, opening, scorerTable);
      if (scorers.some(({ name }) => name === scorer.name))
        throw new Error(`two of the scorers are called ${scorer.name}: score by one after the other`);
      scorers.push(keptScores(scorer, join(cacheFolder(opening.device), 'scores')));
    }
    const source = await picturesToScore(
      images,
      prompt ?? (scorers.some(({ readsPrompt }) => readsPrompt) ? null : ''),
    );
    const scoring = scoreAll(scorers, source.pictures, {
      batch: picturesAtOnce,
      onProgress: ({ done, kept }) => onProgress?.({ done, kept, total: source.count }),
      ...(signal ? { signal } : {}),
    });
    for await (const { picture, scores } of scoring) {
      const { file, prompt: of, sha256 } = picture;
      const byName = scorers.map(({ name }, i) => [name, scores[i] as number] as const);
      pictures.push({ file, prompt: of, sha256, scores: Object.fromEntries(byName) });
    }
  } finally {
    for (const scorer of scorers) await scorer.release();
  }
  if (output !== undefined) await writeScores(output, pictures);
  const mean = (name: string): number =>
    pictures.reduce((sum, { scores }) => sum + (scores[name] as number), 0) / pictures.length;
  return { scorers: scorers.map(({ name, identity }) => ({ name, identity, mean: mean(name) })), pictures };
}

async function writeScores(path: string, pictures: readonly ScoredPicture[]): Promise<void> {
  const names = Object.keys(pictures[0]?.scores ?? {});
  const lines = path.endsWith('.csv')
    ? [
        ['file', 'prompt', ...names],
        ...pictures.map(({ file, prompt, scores }) => [file, prompt, ...names.map((name) => scores[name] as number)]),
      ].map((row) => row.map(csvField).join(','))
    : pictures.map((picture) => JSON.stringify(picture));
  await replaceFile(path, async (file) => {
    await file.writeFile(`${lines.join('\n')}\n`);
  });
}

const csvField = (value: string | number): string =>
  typeof value === 'number' || !/[",\r\n]/.test(value) ? String(value) : `"${value.replaceAll('"', '""')}"`;
