import { decodeImage, toModelRange } from '@bradley/formats';
import { type Comparison, openComparisons, trainingPairs } from '@bradley/preferences';

/** Two pictures of one prompt, the chosen and the other: (3, size, size) in [−1, 1] each. */
export interface PicturePair {
  readonly prompt: string;
  readonly chosen: Float32Array;
  readonly rejected: Float32Array;
}

/** All pairs of a set of comparisons, in memory, and the comparisons themselves. Ties are left out. */
export async function readPicturePairs(
  path: string,
  size: number,
): Promise<{ readonly pairs: PicturePair[]; readonly comparisons: Comparison[] }> {
  const source = await openComparisons(path);
  const pairs: PicturePair[] = [];
  const comparisons: Comparison[] = [];
  for await (const row of source) {
    if ('refused' in row) throw new Error(`${row.where}: ${row.refused}. Write the comparisons anew.`);
    comparisons.push(row.record);
    for (const { prompt, candidates, phi } of trainingPairs(row.record)) {
      if (phi[0] !== 1) continue;
      const [a, b] = await Promise.all(
        candidates.map(
          async (candidate) => (await toModelRange(await decodeImage(await source.loadMedia(candidate)), size)).data,
        ),
      );
      pairs.push({ prompt, chosen: a as Float32Array, rejected: b as Float32Array });
    }
  }
  return { pairs, comparisons };
}
