import {
  type Case,
  cosineDistance,
  type EvaluatedJudge,
  keptScores,
  meanPairwise,
  openScorer,
  pictureFile,
  pixelDistance,
  type Scorable,
  type Scorer,
  type ScorerEvidence,
  type ScorerOptions,
  scoreAll,
} from '@bradley/evaluate';
import { decodeImage, toModelRange } from '@bradley/formats';
import { scorerRater } from '@bradley/preferences';
import { scorerTable } from '../scorers.js';

/** Who a scorer is, as a judge. */
export function judgeOf(scorer: Scorer): EvaluatedJudge {
  return {
    name: scorer.name,
    kind: 'scorer',
    raters: [scorerRater(scorer), ...(scorer.answersAs ? [scorer.answersAs] : [])],
    learntFrom: scorer.learntFrom,
  };
}

export interface ScoringOptions {
  /** Folder of kept scores. */
  readonly cache: string;
  readonly scorer: ScorerOptions;
  readonly onPicture?: (done: number, total: number) => void;
}

/**
 * Opens scorers one after the other, to see whether they open and what they say of themselves. Those of one name are called by their specs.
 * @throws Error where two are the same
 */
export async function introduceJudges(specs: readonly string[], options: ScorerOptions): Promise<EvaluatedJudge[]> {
  const judges: EvaluatedJudge[] = [];
  for (const spec of specs) {
    const scorer = await openScorer(spec, options, scorerTable);
    const judge = judgeOf(scorer);
    await scorer.release();
    const same = judges.findIndex(({ raters }) => raters[0] === judge.raters[0]);
    if (same !== -1) throw new Error(`the judges ${specs[same]} and ${spec} are the same: name it once.`);
    judges.push(judge);
  }
  const isAlone = ({ name }: EvaluatedJudge) => judges.filter((other) => other.name === name).length === 1;
  return judges.map((judge, i) => (isAlone(judge) ? judge : { ...judge, name: specs[i] as string }));
}

/**
 * What a scorer gives the pictures of each contestant; scores are kept on disk by the pictures' content, so that this goes on where it was stopped.
 *
 * @param files of each contestant, a file a case
 */
export async function scorePictures(
  spec: string,
  cases: readonly Case[],
  files: readonly (readonly string[])[],
  { cache, scorer: options, onPicture = () => {} }: ScoringOptions,
): Promise<ScorerEvidence> {
  const scorer = await openScorer(spec, options, scorerTable);
  try {
    const kept = keptScores(scorer, cache);
    const scores = files.map(() => new Float64Array(cases.length));
    const pictures = async function* () {
      for (const [contestant, of] of files.entries())
        for (const [at, file] of of.entries())
          yield { ...(await pictureFile(file, (cases[at] as Case).prompt)), contestant, at };
    };
    const total = files.length * cases.length;
    const onProgress = ({ done }: { readonly done: number }) => onPicture(done, total);
    for await (const { picture, scores: given } of scoreAll([kept], pictures(), { onProgress }))
      (scores[picture.contestant] as Float64Array)[picture.at] = given[0] as number;
    return { judge: judgeOf(scorer), scores };
  } finally {
    await scorer.release();
  }
}

/** Pictures are compared by their pixels at this size: layout and colour, not grain. */
const side = 32;

/**
 * How unlike the seeds of each prompt are, contestant by contestant: between the image embeddings of the first scorer that has them, else between
 * the pictures' pixels at 32 × 32. Null with one seed.
 */
export async function seedDistances(
  specs: readonly string[],
  cases: readonly Case[],
  files: readonly (readonly string[])[],
  options: ScorerOptions,
  onPicture: (done: number, total: number) => void = () => {},
): Promise<{ measure: string; of: number[][] } | null> {
  const prompts = [...new Set(cases.map(({ prompt }) => prompt))];
  const rowsOf = new Map(prompts.map((prompt) => [prompt, [] as number[]]));
  for (const [row, { prompt }] of cases.entries()) rowsOf.get(prompt)?.push(row);
  if ([...rowsOf.values()].some((rows) => rows.length < 2)) return null;
  const embedder = await firstEmbedder(specs, options);
  let done = 0;
  const distances = async (of: readonly string[]): Promise<number[]> => {
    const found: number[] = [];
    for (const [prompt, rows] of rowsOf) {
      const images = await Promise.all(rows.map((row) => decodeImage(of[row] as string)));
      done += rows.length;
      onPicture(done, files.length * cases.length);
      const items = images.map((image): Scorable => ({ prompt, image }));
      if (embedder?.embed) found.push(meanPairwise(await embedder.embed(items), cosineDistance));
      else {
        const small = await Promise.all(images.map(async (image) => (await toModelRange(image, side)).data));
        found.push(meanPairwise(small, pixelDistance));
      }
    }
    return found;
  };
  try {
    const of: number[][] = [];
    for (const list of files) of.push(await distances(list));
    const measure = embedder
      ? `1 − cosine of the image embeddings of ${embedder.name}`
      : `root mean square difference of the pictures at ${side} × ${side} pixels, of 1`;
    return { measure, of };
  } finally {
    await embedder?.release();
  }
}

async function firstEmbedder(specs: readonly string[], options: ScorerOptions): Promise<Scorer | null> {
  for (const spec of specs) {
    const scorer = await openScorer(spec, options, scorerTable);
    if (scorer.embed) return scorer;
    await scorer.release();
  }
  return null;
}
