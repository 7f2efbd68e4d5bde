import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scorer } from '@bradley/evaluate';
import { decodeImage, writeFileAtomic } from '@bradley/formats';
import type { CandidateGroup } from './candidates.js';

/** The scores of every candidate, four a group; kept in `folder` by the scorer's identity and the groups' number. */
export async function scoreCandidates(
  folder: string,
  groups: readonly CandidateGroup[],
  scorer: Scorer,
): Promise<readonly (readonly number[])[]> {
  const file = join(folder, `scores-${scorer.identity.slice(0, 16)}-${groups.length}.json`);
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept !== null) return JSON.parse(kept) as number[][];
  const scores: number[][] = [];
  for (const { prompt, media } of groups) {
    const images = await Promise.all(media.map((sha) => decodeImage(join(folder, 'media', `${sha}.png`))));
    scores.push([...(await scorer.score(images.map((image) => ({ prompt, image }))))]);
  }
  await writeFileAtomic(file, JSON.stringify(scores));
  return scores;
}
