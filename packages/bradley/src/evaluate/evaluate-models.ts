import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Case,
  designOf,
  designText,
  type EvaluatedJudge,
  type Evaluation,
  type EvaluationInput,
  evaluateContestants,
  type Origin,
  type ScorerEvidence,
  type ScorerOptions,
  writeEvaluation,
} from '@bradley/evaluate';
import { cacheFolder, writeFileAtomic } from '@bradley/formats';
import { promptKey } from '@bradley/preferences';
import { againstBase, baseContestant, contestantsOf, type DrawnContestant, distinctNames } from './contestants.js';
import { type DrawSettings, drawPictures } from './draw-pictures.js';
import { evaluationReport } from './evaluation-page.js';
import { filesOfCases, type ImageFolder, readImageFolder } from './image-folder.js';
import { introduceJudges, scorePictures, seedDistances } from './judges.js';
import { choosePrompts, promptsOf } from './prompts.js';
import { type VotesChoice, voteEvidence, votesName } from './vote-evidence.js';

export interface EvaluateOptions {
  /** The base; null where folders of pictures are compared, the first of which is the base then. */
  readonly model: string | null;
  /** What others are compared with instead, over the same model: one LoRA, run or model. Default: the model itself. */
  readonly base?: string | null;
  /** What is compared with it, as `contestantsOf` reads it. */
  readonly against: readonly string[];
  /** Folders of pictures that were drawn before, as `bradley sample` writes them. */
  readonly images: readonly string[];
  /** As `promptsOf` reads it; null takes those of the first folder of pictures. */
  readonly prompts: string | null;
  /** At most so many prompts, categories in turn. */
  readonly limit: number | null;
  /** Leave prompts out that a contestant or judge learnt preferences on. */
  readonly leaveOutLearnt: boolean;
  readonly seeds: readonly number[];
  /** Specs of scorers, the primary one first. */
  readonly judges: readonly string[];
  /** Comparisons by people. */
  readonly votes: VotesChoice | null;
  /** Pictures a chunk, for means as HPS v2 gives them. */
  readonly chunk: number | null;
  readonly output: string;
  /** Where drawn pictures are kept; null is `<output>/pictures`. */
  readonly pictures: string | null;
  readonly draw: DrawSettings;
  readonly scorer: ScorerOptions;
  /** Told how many of what are done, of how many. */
  readonly onProgress?: (what: string, done: number, total: number) => void;
  readonly onNote?: (text: string) => void;
}

export interface EvaluatedModels {
  readonly evaluation: Evaluation;
  /** `results.json` and `report.html`, in the output folder. */
  readonly results: string;
  readonly report: string;
  /** What was drawn, and the file of each, contestant by contestant. */
  readonly cases: readonly Case[];
  readonly files: readonly (readonly string[])[];
}

/** A contestant with the files of its pictures, a file a case. */
interface Entrant {
  readonly contestant: DrawnContestant;
  readonly folder: ImageFolder | null;
}

/**
 * Draws the same prompts and seeds by every contestant, has them scored, and says who wins: writes results.json and report.html. Pictures and
 * scores are kept, so that one that was killed goes on where it was.
 */
export async function evaluateModels(options: EvaluateOptions): Promise<EvaluatedModels> {
  const { output, votes, chunk, judges: specs, onProgress = () => {}, onNote = () => {} } = options;
  const entrants = await entrantsOf(options);
  const contestants = entrants.map(({ contestant }) => contestant);
  if (contestants.length < 2)
    throw new Error('name at least two to compare: --model with --against, or two folders with --images.');
  if (specs.length === 0 && votes === null)
    throw new Error('nobody judges: name a scorer with --judge, or comparisons by people with --votes or --project.');
  const judges = await introduceJudges(specs, options.scorer);
  const learnt = options.leaveOutLearnt ? learntPrompts(entrants, judges) : new Set<string>();
  const cases = specs.length > 0 ? await casesOf(options, entrants, learnt) : [];
  if (cases.length > 0) onNote(designText(designOf(cases)));
  const people = votes === null ? null : await voteEvidence(votes, contestants, { cases, leftOut: learnt, onNote });
  await mkdir(output, { recursive: true });
  const files = cases.length > 0 ? await filesOf(entrants, cases, options) : [];
  const evidence: EvaluationInput['evidence'][number][] = [];
  for (const [i, spec] of specs.entries()) {
    const onPicture = (done: number, total: number) => onProgress(`pictures scored by ${spec}`, done, total);
    const cache = join(cacheFolder(), 'scores');
    const { scores } = await scorePictures(spec, cases, files, { cache, scorer: options.scorer, onPicture });
    evidence.push({ judge: judges[i] as EvaluatedJudge, scores });
  }
  if (people) evidence.push(people);
  const onCompared = (done: number, total: number) => onProgress('pictures compared, for diversity', done, total);
  const distances = cases.length > 0 ? await seedDistances(specs, cases, files, options.scorer, onCompared) : null;
  const evaluation = evaluateContestants({
    contestants: contestants.map(({ name, origin, step }) => ({
      name,
      origin,
      ...(step === undefined ? {} : { step }),
    })),
    cases,
    evidence,
    distances,
    chunk,
  });
  const [results, report] = [join(output, 'results.json'), join(output, 'report.html')];
  const scorers = evidence.filter((of): of is ScorerEvidence => 'scores' in of);
  await writeFileAtomic(results, `${JSON.stringify(resultsOf(evaluation, cases, scorers, files), null, 1)}\n`);
  await writeEvaluation(
    report,
    await evaluationReport({ evaluation, cases, scorers, files, settings: settingsOf(options) }),
  );
  return { evaluation, results, report, cases, files };
}

async function entrantsOf({ model, base = null, against, images }: EvaluateOptions): Promise<Entrant[]> {
  const drawn: DrawnContestant[] = [];
  if (model === null && against.length > 0) throw new Error('--against needs the base: name it with --model.');
  if (model === null && base !== null) throw new Error('--base needs the model that it is laid over: --model.');
  if (model !== null) {
    const bases = base === null ? [await baseContestant(model)] : await contestantsOf(base, model);
    if (bases.length > 1) throw new Error(`--base: ${base} is ${bases.length} contestants. Name one of them.`);
    drawn.push(...bases);
    for (const spec of against)
      for (const one of await contestantsOf(spec, model))
        drawn.push(await againstBase(one, bases[0] as DrawnContestant));
  }
  const folders = await Promise.all(images.map(readImageFolder));
  const entrants: Entrant[] = [
    ...drawn.map((contestant) => ({ contestant, folder: null })),
    ...folders.map((folder) => ({
      contestant: { name: folder.name, origin: null, model: folder.path, adapter: null },
      folder,
    })),
  ];
  const named = distinctNames(entrants.map(({ contestant }) => contestant));
  return entrants.map(({ folder }, i) => ({ folder, contestant: named[i] as DrawnContestant }));
}

async function casesOf(
  options: EvaluateOptions,
  entrants: readonly Entrant[],
  learnt: ReadonlySet<string>,
): Promise<Case[]> {
  const { prompts, limit, seeds, onNote = () => {} } = options;
  const folder = entrants.find((of) => of.folder)?.folder;
  if (prompts === null && !folder)
    throw new Error('name what is drawn with --prompts: a file of prompts, emoji, or a published list.');
  const isFresh = ({ prompt }: { readonly prompt: string }) => !learnt.has(promptKey(prompt));
  const all: readonly Case[] =
    prompts === null
      ? casesIn(folder as ImageFolder, limit)
      : choosePrompts(await promptsOf(prompts), limit).flatMap(({ prompt, category }) =>
          seeds.map((seed) => ({ prompt, seed, ...(category === undefined ? {} : { category }) })),
        );
  const fresh = all.filter(isFresh);
  if (fresh.length < all.length)
    onNote(`${all.length - fresh.length} of ${all.length} pictures are left out: their prompts were learnt from.`);
  if (fresh.length === 0)
    throw new Error('no prompt is left: somebody learnt preferences on every one of them. Take other prompts.');
  return fresh;
}

function casesIn({ pictures }: ImageFolder, limit: number | null): Case[] {
  const chosen = new Set(choosePrompts({ prompts: pictures }, limit).map(({ prompt }) => promptKey(prompt)));
  return pictures.flatMap(({ prompt, seed }) => (chosen.has(promptKey(prompt)) ? [{ prompt, seed }] : []));
}

function learntPrompts(entrants: readonly Entrant[], judges: readonly EvaluatedJudge[]): Set<string> {
  const origins = [
    ...entrants.map(({ contestant }) => contestant.origin),
    ...judges.map(({ learntFrom }) => learntFrom),
  ];
  return new Set(origins.flatMap((origin) => origin?.prompts ?? []));
}

async function filesOf(
  entrants: readonly Entrant[],
  cases: readonly Case[],
  options: EvaluateOptions,
): Promise<string[][]> {
  const { output, pictures, draw, onProgress = () => {}, onNote = () => {} } = options;
  const files: string[][] = [];
  for (const { contestant, folder } of entrants) {
    if (folder) {
      files.push(filesOfCases(folder, cases));
      continue;
    }
    const onPicture = (done: number, total: number) => onProgress(`pictures drawn by ${contestant.name}`, done, total);
    files.push(
      await drawPictures(contestant, cases, draw, { folder: pictures ?? join(output, 'pictures'), onPicture, onNote }),
    );
  }
  return files;
}

/** What results.json holds: the evaluation, and every score with its picture, so that anybody can compute anew. */
function resultsOf(
  evaluation: Evaluation,
  cases: readonly Case[],
  evidence: readonly ScorerEvidence[],
  files: readonly (readonly string[])[],
) {
  const scores = cases.map((of, i) => ({
    ...of,
    files: files.map((list) => list[i]),
    scores: Object.fromEntries(evidence.map(({ judge, scores: given }) => [judge.name, given.map((list) => list[i])])),
  }));
  const counted = (origin: Origin | null) =>
    origin && {
      raters: origin.raters,
      prompts: origin.prompts?.length ?? null,
      ...(origin.teachers && {
        teachers: origin.teachers.map((of) => ({ ...of, prompts: of.prompts?.length ?? null })),
      }),
      ...(origin.incomplete && { incomplete: true }),
    };
  return {
    ...evaluation,
    contestants: evaluation.contestants.map((of) => ({ ...of, origin: counted(of.origin) })),
    judges: evaluation.judges.map((of) => ({
      ...of,
      judge: { ...of.judge, learntFrom: counted(of.judge.learntFrom) },
    })),
    cases: scores,
  };
}

function settingsOf({
  model,
  base,
  against,
  images,
  prompts,
  seeds,
  judges,
  votes,
  leaveOutLearnt,
  draw,
}: EvaluateOptions): Record<string, string | number> {
  const { steps, guidance, sampler, batch } = draw;
  const drawn =
    model === null || judges.length === 0 ? {} : { steps, guidance, sampler: sampler ?? 'the model’s own', batch };
  return {
    ...(model === null ? {} : { base: model }),
    ...(base ? { base } : {}),
    ...(against.length > 0 ? { against: against.join(', ') } : {}),
    ...(images.length > 0 ? { 'folders of pictures': images.join(', ') } : {}),
    ...(prompts === null || judges.length === 0 ? {} : { prompts, seeds: seeds.join(', ') }),
    ...(judges.length > 0 ? { judges: `${judges.join(', ')} (the first is the primary one)` } : {}),
    ...(votes === null ? {} : { votes: votesName(votes) }),
    ...(leaveOutLearnt ? { 'left out': 'prompts that a contestant or judge learnt preferences on' } : {}),
    ...drawn,
  };
}
