import { type Measured, measured, type Scorer } from '@bradley/evaluate';
import { decodeImage } from '@bradley/formats';
import { openComparisons } from '@bradley/preferences';

/** Of how many comparisons a scorer gives the winner the higher score; equal scores count as wrong. */
export async function scorerAgreement(scorer: Scorer, path: string): Promise<Measured> {
  const source = await openComparisons(path);
  let [count, total] = [0, 0];
  for await (const row of source) {
    if ('refused' in row) throw new Error(`${row.where}: ${row.refused}.`);
    const { prompt, candidates, outcome } = row.record;
    if (outcome.kind !== 'winner') continue;
    const images = await Promise.all(
      candidates.map(async (candidate) => decodeImage(await source.loadMedia(candidate))),
    );
    const scores = await scorer.score(images.map((image) => ({ prompt, image })));
    const best = scores[outcome.index] as number;
    total++;
    if (scores.every((score, i) => i === outcome.index || score < best)) count++;
  }
  return measured({ count, total });
}
