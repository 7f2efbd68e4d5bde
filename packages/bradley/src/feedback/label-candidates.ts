import { createHash } from 'node:crypto';
import {
  type CombinationName,
  combinations,
  type DecideOptions,
  decide,
  type LabelReport,
  labelMeter,
  type Rewards,
  type ScoreProgress,
  type Scorer,
  scoreAll,
  spreadMeter,
} from '@bradley/evaluate';
import { decodeImage } from '@bradley/formats';
import {
  type Candidate,
  type Comparison,
  comparisonWriters,
  joinRaters,
  type Outcome,
  scorerRater,
  splitRaters,
  teachersBehind,
  teachersOf,
  writeTeachers,
} from '@bradley/preferences';
import type { CandidateSet, CandidateSource } from './candidate-sets.js';

/** Who judges: scorers under the names that reports and `scores` call them by, or the scores that records have already. */
export type Judges =
  | { readonly kind: 'scorers'; readonly scorers: ReadonlyMap<string, Scorer> }
  | { readonly kind: 'kept'; readonly names: readonly string[] };

export interface LabelOptions {
  /** `scores` keeps the raw rewards, so that they can be combined anew. */
  readonly outcome: DecideOptions['outcome'] | 'scores';
  readonly combine: CombinationName;
  /** One for each scorer. */
  readonly weights: readonly number[];
  readonly margin: number;
  readonly ties: DecideOptions['ties'];
  /** A `.jsonl` file; its pictures come to lie beside it, and what its scorers had learnt from. */
  readonly output: string;
  readonly onProgress?: (progress: ScoreProgress) => void;
  readonly signal?: AbortSignal;
}

export interface Labelled extends LabelReport {
  readonly output: string;
  /** Near ties that were left out. */
  readonly dropped: number;
}

/**
 * Turns candidates into comparisons. They are read twice: once for their rewards, of which as many numbers are held as there are, once to be
 * written, when it is known how each scorer's rewards are spread.
 *
 * @throws Error naming a record that lacks the scores that it is said to have
 */
export async function labelCandidates(
  source: CandidateSource,
  judges: Judges,
  options: LabelOptions,
): Promise<Labelled> {
  const known = judges.kind === 'kept' ? await source.teachers() : teachersOf(judges.scorers.values());
  const names = judges.kind === 'kept' ? judges.names : [...judges.scorers.keys()];
  const rewards: Rewards[] = [];
  const spread = spreadMeter(names.length);
  for await (const row of judges.kind === 'kept'
    ? keptRewards(source, names)
    : freshRewards(source, judges.scorers, options)) {
    rewards.push(row);
    spread.see(row);
  }
  const spreads = spread.spreads();
  const meter = labelMeter(names);
  const raters = new Set<string>();
  let dropped = 0;

  const outcomeOf = (row: Rewards): Outcome | null => {
    if (options.outcome === 'scores')
      return { kind: 'scores', by: Object.fromEntries(names.map((name, n) => [name, [...(row[n] ?? [])]])) };
    const values = combinations[options.combine].combine(row, options.weights, spreads);
    return decide(values, { outcome: options.outcome, margin: options.margin, ties: options.ties });
  };

  async function* records(): AsyncGenerator<Comparison> {
    let at = 0;
    for await (const { id, prompt, question, candidates, rater: before } of source) {
      const row = rewards[at++];
      if (!row)
        throw new Error(
          `${id}: it was not there when the candidates were scored. Label again when nobody writes to them.`,
        );
      const outcome = outcomeOf(row);
      if (!outcome) {
        meter.see(null, row);
        dropped++;
        continue;
      }
      const rater = judges.kind === 'kept' ? before : joinRaters([...judges.scorers.values()].map(scorerRater));
      const record = {
        id,
        prompt,
        question,
        candidates: [...candidates],
        outcome,
        ...(rater === undefined ? {} : { rater }),
      };
      meter.see(record, row);
      for (const one of splitRaters(rater ?? '')) raters.add(one);
      yield record;
    }
  }
  await comparisonWriters.jsonl.write(options.output, {
    records: records(),
    loadMedia: (candidate) => source.loadMedia(candidate),
    onRefusal: ({ where, refused }) => {
      throw new Error(`${where}: ${refused}`);
    },
  });
  await writeTeachers(options.output, teachersBehind(raters, known));
  return { ...meter.report(), dropped, output: options.output };
}

async function* keptRewards(source: CandidateSource, names: readonly string[]): AsyncGenerator<Rewards> {
  for await (const { id, scores } of source)
    yield names.map((name) => {
      const row = scores?.[name];
      if (row) return row;
      const found = scores ? `those of ${Object.keys(scores).join(', ')}` : 'none';
      throw new Error(`record ${id}: it should have scores by ${name}, and has ${found}.`);
    });
}

/** A row for each set, once all of its candidates are scored. */
async function* freshRewards(
  source: CandidateSource,
  scorers: ReadonlyMap<string, Scorer>,
  { onProgress, signal }: LabelOptions,
): AsyncGenerator<Rewards> {
  let rows: number[][] = [];
  const scored = scoreAll([...scorers.values()], picturesOf(source), {
    ...(onProgress ? { onProgress } : {}),
    ...(signal ? { signal } : {}),
  });
  for await (const { picture, scores } of scored) {
    rows.push([...scores]);
    if (rows.length < picture.of) continue;
    const candidates = rows;
    yield [...scorers.keys()].map((_, n) => candidates.map((row) => row[n] as number));
    rows = [];
  }
}

async function* picturesOf(source: CandidateSource) {
  for await (const set of source) for (const candidate of set.candidates) yield pictureOf(source, set, candidate);
}

async function pictureOf(source: CandidateSource, { id, prompt, candidates }: CandidateSet, candidate: Candidate) {
  const bytes = await source.loadMedia(candidate);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    prompt,
    sha256,
    of: candidates.length,
    load: () => decodeImage(bytes, { name: `${candidate.media} of ${id}` }),
  };
}
