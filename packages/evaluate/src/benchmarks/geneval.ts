import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage } from '@bradley/formats';
import type { Detector } from '../detection/detection.js';
import type { Interval } from '../intervals.js';
import { type GenEvalPrompt, type GenEvalTask, genEvalTasks } from '../prompt-sets/geneval.js';
import { type KeptLines, openKeptLines } from '../scorers/kept-lines.js';
import type { ColourClassifier } from './colour-classifier.js';
import { cropObject } from './crop.js';
import { meanOf } from './dpg-rules.js';
import { type GenEvalOutcome, genEvalColours, genEvalThreshold, judgeGenEval, objectsOf } from './geneval-rules.js';
import { meanInterval, promptInterval } from './prompt-interval.js';
import { promptPictures } from './prompt-pictures.js';

export interface GenEvalOptions {
  /** A folder named by the ids of the prompts: see `promptPictures`. */
  readonly images: string;
  readonly prompts: readonly GenEvalPrompt[];
  readonly detector: Detector;
  /** Names colours. Needed where prompts with colours have pictures. */
  readonly colours?: { readonly classify: ColourClassifier; readonly fingerprint: string };
  /** Folder of outcomes: pictures judged before with the same models are not judged again. */
  readonly cache?: string;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface GenEvalScore {
  readonly prompts: number;
  readonly images: number;
  readonly correct: number;
  readonly score: number;
  /** 95 %, a prompt being one trial. */
  readonly interval: Interval;
}

export interface GenEvalResult {
  readonly benchmark: "GenEval, Bradley's variant";
  readonly detector: string;
  readonly tasks: Readonly<Partial<Record<GenEvalTask, GenEvalScore>>>;
  /** The mean of the tasks that have pictures: GenEval's number only where all six do. */
  readonly overall: Pick<GenEvalScore, 'score' | 'interval'>;
  readonly promptsWithoutImages: number;
  readonly outcomes: readonly (GenEvalOutcome & {
    readonly id: string;
    readonly file: string;
    readonly task: GenEvalTask;
  })[];
}

/**
 * GenEval's scores of pictures by its rules, over a detector and a CLIP of one's own.
 * @throws Error where the detector knows a prompt's class, or nobody its colour, not
 */
export async function scoreGenEval(options: GenEvalOptions): Promise<GenEvalResult> {
  const { images, prompts, detector, cache, onProgress, signal } = options;
  const pictures = await promptPictures(
    images,
    prompts.map(({ id }) => id),
  );
  const asked = prompts.filter(({ id }) => pictures.has(id));
  checkClasses(asked, options);
  const kept = cache === undefined ? null : await openOutcomes(cache, options);
  const total = [...pictures.values()].reduce((sum, files) => sum + files.length, 0);
  const outcomes: GenEvalResult['outcomes'][number][] = [];
  for (const prompt of asked)
    for (const file of pictures.get(prompt.id) as string[]) {
      signal?.throwIfAborted();
      outcomes.push({ id: prompt.id, task: prompt.category, file, ...(await judgeFile(file, prompt, options, kept)) });
      onProgress?.(outcomes.length, total);
    }
  const byPrompt = asked.map(({ id }) => outcomes.filter((outcome) => outcome.id === id));
  const tasks = genEvalTasks.flatMap((task) => {
    const ofTask = byPrompt.filter(([first]) => first?.task === task);
    return ofTask.length > 0 ? [[task, scoreOf(ofTask)] as const] : [];
  });
  const scores = tasks.map(([, score]) => score);
  return {
    benchmark: "GenEval, Bradley's variant",
    detector: detector.name,
    tasks: Object.fromEntries(tasks),
    overall: { score: meanOf(scores.map(({ score }) => score)), interval: meanInterval(scores) },
    promptsWithoutImages: prompts.length - asked.length,
    outcomes,
  };
}

type Outcomes = readonly GenEvalResult['outcomes'][number][];

const shareOf = (outcomes: Outcomes): number => meanOf(outcomes.map(({ correct }) => (correct ? 1 : 0)));

function scoreOf(byPrompt: readonly Outcomes[]): GenEvalScore {
  const all = byPrompt.flat();
  return {
    prompts: byPrompt.length,
    images: all.length,
    correct: all.filter(({ correct }) => correct).length,
    score: shareOf(all),
    interval: promptInterval(byPrompt.map(shareOf)),
  };
}

async function judgeFile(
  file: string,
  prompt: GenEvalPrompt,
  { detector, colours }: GenEvalOptions,
  kept: KeptLines | null,
): Promise<GenEvalOutcome> {
  const bytes = await readFile(file);
  const { category, include, exclude } = prompt;
  const key = digest(JSON.stringify([digest(bytes), category, include, exclude])).slice(0, 32);
  const known = kept?.get(key);
  if (known !== undefined) return JSON.parse(known) as GenEvalOutcome;
  const image = await decodeImage(bytes, { name: file });
  const objects = objectsOf(await detector.detect(image, genEvalThreshold(category)), category);
  const outcome = await judgeGenEval(prompt, objects, async (found, className) => {
    const crops = found.map((detection) => cropObject(image, detection));
    return (colours as NonNullable<typeof colours>).classify(crops, className);
  });
  await kept?.add([[key, JSON.stringify(outcome)]]);
  return outcome;
}

function checkClasses(prompts: readonly GenEvalPrompt[], { detector, colours }: GenEvalOptions): void {
  const clauses = prompts.flatMap(({ include, exclude }) => [...include, ...exclude]);
  const unknown = new Set(clauses.map((clause) => clause.class).filter((name) => !detector.classes.includes(name)));
  if (unknown.size > 0)
    throw new Error(
      `${detector.name}: the detector has no class ${[...unknown].join(', ')}, which the prompts ask for. ` +
        'Give its classes the names that GenEval uses (object_names.txt), in the order of its labels.',
    );
  const asked = new Set(prompts.flatMap(({ include }) => include.flatMap(({ color }) => color ?? [])));
  const strange = [...asked].filter((colour) => !genEvalColours.some((known) => known === colour));
  if (strange.length > 0)
    throw new Error(`the prompts ask for ${strange.join(', ')}: the colours are ${genEvalColours.join(', ')}.`);
  if (asked.size > 0 && !colours)
    throw new Error('the prompts ask for colours, which a CLIP model tells: none was given.');
}

const openOutcomes = async (cache: string, { detector, colours }: GenEvalOptions): Promise<KeptLines> =>
  openKeptLines(
    join(cache, `geneval-${digest(JSON.stringify([1, detector.identity, colours?.fingerprint ?? null]))}.outcomes`),
    `GenEval outcomes by ${detector.name}`,
  );

const digest = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
