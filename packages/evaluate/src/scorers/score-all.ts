import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { decodeImage, type RgbImage } from '@bradley/formats';
import type { KeptScorer } from './score-cache.js';
import type { Scorable, Scorer } from './scorer.js';

/** A picture to be scored, decoded only if some scorer asks for it. */
export interface PictureToScore {
  readonly prompt: string;
  /** Of its file. */
  readonly sha256: string;
  readonly load: () => Promise<RgbImage>;
}

export interface ScoreProgress {
  /** Pictures so far. */
  readonly done: number;
  /** Those among them of which every score was kept from before. */
  readonly kept: number;
}

export interface ScoreAllOptions {
  /** Pictures in memory at once. Default 32. */
  readonly batch?: number;
  /** Told after every batch. */
  readonly onProgress?: (progress: ScoreProgress) => void;
  /** Ends it between two batches. */
  readonly signal?: AbortSignal;
}

/** Reads a file once, for its sha256; its bytes wait to be decoded. */
export async function pictureFile(path: string, prompt: string): Promise<PictureToScore> {
  const bytes = await readFile(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { prompt, sha256, load: () => decodeImage(bytes, { name: path }) };
}

/**
 * Scores any number of pictures by several scorers, in their order, a batch in memory at a time. With scorers from `keptScores` it
 * goes on where it was stopped, and decodes no picture whose scores are all kept.
 * @yields each picture with its score by each scorer
 */
export async function* scoreAll<P extends PictureToScore>(
  scorers: readonly (Scorer | KeptScorer)[],
  source: Iterable<P> | AsyncIterable<P>,
  { batch = 32, onProgress, signal }: ScoreAllOptions = {},
): AsyncGenerator<{ readonly picture: P; readonly scores: Float64Array }, void, undefined> {
  let done = 0;
  let kept = 0;
  for await (const pictures of batches(source, batch)) {
    signal?.throwIfAborted();
    const scores = pictures.map(() => new Float64Array(scorers.length).fill(Number.NaN));
    const missing = await findKept(scorers, pictures, scores);
    const images = await Promise.all(
      pictures.map((picture, i) => (missing.some((rows) => rows.includes(i)) ? picture.load() : null)),
    );
    for (const [s, scorer] of scorers.entries()) {
      const rows = missing[s] as number[];
      if (rows.length === 0) continue;
      const items = rows.map((i): Scorable => {
        const { prompt, sha256 } = pictures[i] as P;
        return { prompt, sha256, image: images[i] as RgbImage };
      });
      const fresh = await scorer.score(items);
      for (const [k, i] of rows.entries()) (scores[i] as Float64Array)[s] = fresh[k] as number;
    }
    done += pictures.length;
    kept += images.filter((image) => image === null).length;
    onProgress?.({ done, kept });
    for (const [i, picture] of pictures.entries()) yield { picture, scores: scores[i] as Float64Array };
  }
}

/** Fills in what is kept. @returns for each scorer the pictures that it has to score */
async function findKept(
  scorers: readonly (Scorer | KeptScorer)[],
  pictures: readonly PictureToScore[],
  scores: readonly Float64Array[],
): Promise<number[][]> {
  return Promise.all(
    scorers.map(async (scorer, s) => {
      const rows: number[] = [];
      for (const [i, picture] of pictures.entries()) {
        const score = 'known' in scorer ? await scorer.known(picture) : undefined;
        if (score === undefined) rows.push(i);
        else (scores[i] as Float64Array)[s] = score;
      }
      return rows;
    }),
  );
}

async function* batches<T>(source: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of source) {
    if (batch.push(item) === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
