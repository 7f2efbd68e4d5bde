import { join } from 'node:path';
import type { Scorer } from '@bradley/evaluate';
import { writeFileAtomic } from '@bradley/formats';
import { type Comparison, teachersOf, writeTeachers } from '@bradley/preferences';
import type { CandidateGroup } from './candidates.js';

/** The pairs of a group that differ most: opposite looks. */
const opposites = [
  [0, 1],
  [2, 3],
] as const;

/** Which of two pictures of a group is preferred, 0 or 1. */
export type Choose = (group: CandidateGroup, pair: readonly [number, number]) => 0 | 1;

/** A record for each pair of opposites, with whoever chose as its rater. */
export function pairRecords(groups: readonly CandidateGroup[], rater: string, choose: Choose): Comparison[] {
  return groups.flatMap((group) =>
    opposites.map((pair) => ({
      ...recordOf(group, pair, rater),
      id: `${group.prompt}-${group.seed}-${pair[0]}`,
      outcome: { kind: 'winner' as const, index: choose(group, pair) },
    })),
  );
}

/** A record of all four, with the raw scores of every scorer. */
export function scoredRecords(
  groups: readonly CandidateGroup[],
  rater: string,
  scoresOf: (group: CandidateGroup, at: number) => Readonly<Record<string, number[]>>,
): Comparison[] {
  return groups.map((group, at) => ({
    ...recordOf(group, [0, 1, 2, 3], rater),
    id: `${group.prompt}-${group.seed}`,
    outcome: { kind: 'scores', by: { ...scoresOf(group, at) } },
  }));
}

function recordOf({ prompt, seed, media }: CandidateGroup, which: readonly number[], rater: string) {
  const candidates = which.map((i) => ({ media: media[i] as string, model: 'emoji', seed }));
  return { prompt, candidates, question: 'overall', rater };
}

/** Writes records beside the pictures that they name, and what the scorers that made them had learnt from. */
export async function writeRecords(
  folder: string,
  name: string,
  records: readonly Comparison[],
  scorers: readonly Scorer[] = [],
): Promise<string> {
  const file = join(folder, `${name}.jsonl`);
  await writeTeachers(file, teachersOf(scorers));
  await writeFileAtomic(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  return file;
}
