import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type Candidate, type Comparison, openComparisons, type Refusal, type Teacher } from '@bradley/preferences';
import { type ListedImage, readImageList } from '../image-list.js';

/** The candidates of one prompt, before anybody has judged them. */
export interface CandidateSet {
  readonly id: string;
  readonly prompt: string;
  readonly question: string;
  readonly candidates: readonly Candidate[];
  /** Scores that the record has already. */
  readonly scores: Readonly<Record<string, readonly number[]>> | null;
  readonly rater: string | undefined;
}

/** Sets of candidates, read one by one; each iteration reads anew. */
export interface CandidateSource extends AsyncIterable<CandidateSet> {
  /** How many there are; null where only reading them tells. */
  readonly pictures: number | null;
  loadMedia(candidate: Candidate): Promise<Uint8Array>;
  /** What the scorers of the records had learnt from. */
  teachers(): Promise<readonly Teacher[]>;
}

/**
 * What is to be labelled: lists of generated pictures (`images.jsonl`, or folders with one), whose pictures of one prompt become its
 * candidates in the order of the lists, or one set of comparisons, whose outcomes are forgotten.
 *
 * @throws Error naming a list that cannot be read, or where there is nothing to compare
 */
export async function openCandidates(
  paths: readonly string[],
  onRefusal: (refusal: Refusal) => void,
): Promise<CandidateSource> {
  const lists = await Promise.all(paths.map(isImageList));
  if (lists.every((is) => is)) return listedCandidates(paths);
  if (paths.length > 1)
    throw new Error(
      `${paths.join(', ')}: several sources must all be lists of pictures, as bradley sample writes them (images.jsonl).`,
    );
  return comparedCandidates(paths[0] as string, onRefusal);
}

async function isImageList(path: string): Promise<boolean> {
  if (basename(path) === 'images.jsonl') return true;
  return (await stat(`${path}/images.jsonl`).catch(() => null))?.isFile() === true;
}

async function listedCandidates(paths: readonly string[]): Promise<CandidateSource> {
  const byPrompt = new Map<string, ListedImage[]>();
  const files = new Set<string>();
  for (const path of paths)
    for (const image of (await readImageList(path)).images) {
      if (files.has(image.file))
        throw new Error(`${path}: ${image.file} is listed twice, and would be compared with itself. List it once.`);
      files.add(image.file);
      const alike = byPrompt.get(image.prompt);
      if (alike) alike.push(image);
      else byPrompt.set(image.prompt, [image]);
    }
  const sets = [...byPrompt].filter(([, images]) => images.length > 1);
  if (sets.length === 0)
    throw new Error(
      `${paths.join(', ')}: every prompt has one picture, and nothing to compare it with. Sample with several --seeds, or name the pictures of another model too.`,
    );
  return {
    pictures: sets.reduce((sum, [, images]) => sum + images.length, 0),
    async *[Symbol.asyncIterator]() {
      for (const [prompt, images] of sets) {
        const candidates = images.map(({ file, model, seed, steps, guidance, adapter }) => ({
          media: file,
          ...withoutUndefined({ model, seed, steps, guidance, adapter }),
        }));
        const key = JSON.stringify([prompt, images.map(({ file }) => [basename(dirname(file)), basename(file)])]);
        const id = createHash('sha256').update(key).digest('hex').slice(0, 32);
        yield { id, prompt, question: 'overall', candidates, scores: null, rater: undefined };
      }
    },
    loadMedia: ({ media }) => readFile(media),
    teachers: async () => [],
  };
}

async function comparedCandidates(path: string, onRefusal: (refusal: Refusal) => void): Promise<CandidateSource> {
  const source = await openComparisons(path);
  return {
    pictures: null,
    async *[Symbol.asyncIterator]() {
      for await (const row of source) {
        if ('refused' in row) onRefusal(row);
        else if (row.record.candidates.some(({ kind }) => kind !== undefined))
          onRefusal({ where: row.where, problem: 'not-expressible', refused: 'its candidates are no pictures' });
        else yield setOf(row.record);
      }
    },
    loadMedia: (candidate) => source.loadMedia(candidate),
    teachers: async () => (await source.teachers?.()) ?? [],
  };
}

function setOf({ id, prompt, question, candidates, outcome, rater }: Comparison): CandidateSet {
  return { id, prompt, question, candidates, rater, scores: outcome.kind === 'scores' ? outcome.by : null };
}

function withoutUndefined<Values extends object>(values: Values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Values]?: Exclude<Values[Key], undefined>;
  };
}
