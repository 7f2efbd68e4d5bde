import type { JudgedDifference } from '@bradley/evaluate';
import type { Candidate } from '@bradley/preferences';
import type { HostData } from '@bradley/runtime';
import { type ClipFolder, type Judged, promptIds, type RewardJudge, type RewardRow } from '@bradley/train';

/** What a model thinks of rows: scores of both pictures, (N) each. */
export interface ScoredRow {
  readonly row: RewardRow;
  readonly a: readonly number[];
  readonly b: readonly number[];
}

export async function scoreRows(
  clip: ClipFolder,
  judge: RewardJudge,
  rows: readonly RewardRow[],
  pixels: (candidate: Candidate) => Promise<Float32Array>,
  { tokens, weights = {} }: { tokens: number; weights?: Readonly<Record<string, HostData>> },
): Promise<ScoredRow[]> {
  const scored: ScoredRow[] = [];
  const atOnce = 32; // pictures of so many rows are in memory
  for (let start = 0; start < rows.length; start += atOnce) {
    const some = rows.slice(start, start + atOnce);
    const items: Judged[] = [];
    for (const row of some) {
      const ids = promptIds(clip, row.prompt, tokens);
      for (const side of [row.a, row.b]) items.push({ ids, pixels: await pixels(side) });
    }
    const scores = await judge.score(items, weights);
    some.forEach((row, i) => {
      scored.push({ row, a: scores[2 * i] as number[], b: scores[2 * i + 1] as number[] });
    });
  }
  return scored;
}

/**
 * Every judgement of a question beside the model's difference. Of shares, which are no whole numbers of judges, the larger one
 * counts once; equal shares say nothing.
 */
export function judgedDifferences(scored: readonly ScoredRow[], question: number): JudgedDifference[] {
  return scored.flatMap(({ row, a, b }) => {
    const judgement = row.judgements[question];
    if (!judgement) return [];
    const difference = (a[question] as number) - (b[question] as number);
    const repeated = (label: 1 | 0 | -1, count: number) => Array.from({ length: count }, () => ({ difference, label }));
    const counts = [judgement.a, judgement.tie, judgement.b];
    if (counts.every(Number.isInteger))
      return [...repeated(1, judgement.a), ...repeated(0, judgement.tie), ...repeated(-1, judgement.b)];
    if (judgement.a === judgement.b) return [];
    return repeated(judgement.a > judgement.b ? 1 : -1, 1);
  });
}
