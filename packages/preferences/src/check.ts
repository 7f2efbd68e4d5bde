import { maxImagePixels } from '@bradley/formats';
import { aspectsDiffer } from './aspect.js';
import { mediaReader, type SoundImage } from './check-image.js';
import type { OutcomeKind } from './record.js';
import { repeatFinder } from './repeats.js';
import type { ComparisonSource, Problem, Row } from './source.js';
import { normalizePrompt } from './split.js';

export interface Finding {
  readonly where: string;
  readonly problem: Problem;
  readonly message: string;
}

export interface Count {
  readonly name: string;
  readonly count: number;
}

/** What is in a set of comparisons, and what is wrong with it. Lists of counts have the largest first. */
export interface CheckReport {
  readonly path: string;
  readonly format: string;
  readonly rows: number;
  /** Rows that gave a record; the others were refused. */
  readonly records: number;
  /** Rows with nothing wrong. */
  readonly sound: number;
  /** The first findings, at most `maxFindings`; `problems` counts them all. */
  readonly findings: readonly Finding[];
  readonly problems: readonly (Count & { readonly name: Problem })[];
  readonly outcomes: readonly (Count & { readonly name: OutcomeKind })[];
  /** Different prompts, and different images by their bytes. */
  readonly prompts: number;
  readonly images: number;
  /** Different images by width×height. */
  readonly sizes: readonly Count[];
  /** Records whose images differ in aspect ratio by more than `aspectTolerance`: no problem, but they are cropped alike. */
  readonly differingAspects: number;
  /** Candidates by the model that made them, where a record says. */
  readonly models: readonly Count[];
  readonly questions: readonly Count[];
  readonly raters: number;
}

export interface CheckOptions {
  /** Larger images are a finding; width × height. By default what training refuses. */
  readonly maxPixels?: number;
  readonly maxFindings?: number;
  /** Called after each row with the number of rows so far, for showing progress. */
  readonly onRow?: (rows: number) => void;
}

/** Longer captions are a finding: CLIP's text encoder sees 77 tokens, T5 as it is commonly used 512. */
const maxCaptionLength = 2000;

/** Reads a whole set, decodes every image once, and says row by row what is wrong. Throws only where the source cannot be read, or what is said beside it of its scorers. */
export async function checkComparisons(
  source: ComparisonSource,
  { maxPixels = maxImagePixels, maxFindings = 1000, onRow }: CheckOptions = {},
): Promise<CheckReport> {
  await source.teachers?.(); // whoever trains on the set reads it too
  const tally = {
    rows: 0,
    records: 0,
    sound: 0,
    problems: new Map<Problem, number>(),
    outcomes: new Map<OutcomeKind, number>(),
    prompts: new Set<string>(),
    sizeOf: new Map<string, string>(), // of each image, by its sha256
    differingAspects: 0,
    models: new Map<string, number>(),
    questions: new Map<string, number>(),
    raters: new Set<string>(),
  };
  const findings: Finding[] = [];
  const checkRow = rowChecker(mediaReader(source, maxPixels), (images) => {
    for (const { sha256, width, height } of images) tally.sizeOf.set(sha256, `${width}×${height}`);
    if (aspectsDiffer(images)) tally.differingAspects++;
  });
  for await (const row of source) {
    tally.rows++;
    if ('record' in row) {
      const { prompt, candidates, outcome, question, rater } = row.record;
      tally.records++;
      add(tally.outcomes, outcome.kind);
      tally.prompts.add(normalizePrompt(prompt));
      for (const { model } of candidates) if (model !== undefined) add(tally.models, model);
      add(tally.questions, question);
      if (rater !== undefined) tally.raters.add(rater);
    }
    const found = await checkRow(row);
    for (const { problem } of found) add(tally.problems, problem);
    findings.push(...found.slice(0, maxFindings - findings.length));
    if (found.length === 0) tally.sound++;
    onRow?.(tally.rows);
  }
  const sizes = new Map<string, number>();
  for (const size of tally.sizeOf.values()) add(sizes, size);
  return {
    path: source.path,
    format: source.format,
    rows: tally.rows,
    records: tally.records,
    sound: tally.sound,
    findings,
    problems: counts(tally.problems),
    outcomes: counts(tally.outcomes),
    prompts: tally.prompts.size,
    images: tally.sizeOf.size,
    sizes: counts(sizes),
    differingAspects: tally.differingAspects,
    models: counts(tally.models),
    questions: counts(tally.questions),
    raters: tally.raters.size,
  };
}

/** What is wrong with a row; repeats are found among the rows it has seen. */
function rowChecker(
  mediaOf: ReturnType<typeof mediaReader>,
  onImages: (images: readonly SoundImage[]) => void,
): (row: Row) => Promise<Finding[]> {
  const findRepeat = repeatFinder();
  return async (row) => {
    const { where } = row;
    if ('refused' in row) return [{ where, problem: row.problem, message: row.refused }];
    const { record } = row;
    const found = captionFaults(record.prompt).map((message): Finding => ({ where, problem: 'bad-caption', message }));
    const images: SoundImage[] = [];
    const sha256s: string[] = [];
    for (const candidate of record.candidates) {
      const media = await mediaOf(candidate);
      if ('problem' in media) {
        found.push({ where, ...media });
      } else {
        sha256s.push(media.sha256);
        if ('width' in media) images.push(media);
      }
    }
    onImages(images);
    if (sha256s.length < record.candidates.length) return found;
    if (new Set(sha256s).size < sha256s.length) {
      const media = record.candidates.map((candidate) => candidate.media).join(' and ');
      found.push({ where, problem: 'same-image', message: `the same image twice among ${media}` });
    }
    const repeat = findRepeat(where, record, sha256s);
    if (repeat) {
      const verb =
        repeat.problem === 'duplicate' ? 'repeats' : 'has the same prompt and images as, but not the outcome of,';
      found.push({ where, problem: repeat.problem, message: `${verb} ${repeat.earlier}` });
    }
    return found;
  };
}

function captionFaults(prompt: string): string[] {
  return [
    ...(prompt.includes('\ufffd')
      ? ['the prompt has replacement characters (U+FFFD): it was decoded with the wrong encoding']
      : []),
    ...(/(?![\t\n\r])\p{Cc}/u.test(prompt) ? ['the prompt has control characters'] : []),
    ...(prompt.length > maxCaptionLength
      ? [`the prompt has ${prompt.length} characters; more than ${maxCaptionLength} is no caption`]
      : []),
  ];
}

function add<Name>(counts: Map<Name, number>, name: Name): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** The largest first; a count of 0 is left out. */
function counts<Name extends string>(of: ReadonlyMap<Name, number>): { name: Name; count: number }[] {
  return [...of]
    .map(([name, count]) => ({ name, count }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}
