import { join } from 'node:path';
import type { Measured } from '@bradley/evaluate';
import { openJudge } from '../judge/open-judge.js';
import { trainJudge } from '../judge/train-judge.js';
import { openLabellingScorer } from '../labelling/open-labelling-scorer.js';
import { trainLabellingScorer } from '../labelling/train-labelling-scorer.js';
import { readEmojiNames } from '../names.js';
import { scorerAgreement } from './agreement.js';
import { writeLookComparisons } from './look-comparisons.js';
import { lookFlipRate } from './look-taste.js';
import { type NameSet, nameSetOf, nameSets } from './name-sets.js';

export interface LookJudgesOptions {
  /** A folder, which is made: `comparisons/<set>/`, `runs/`, `labelling-scorer/` and `judge/`. Called again, it goes on. */
  readonly output: string;
  readonly threads?: number;
}

/** How the comparisons of each set are drawn. The labels of those that judge the judges are clean. */
export const lookSets: Record<NameSet, { pairsPerName: number; firstSeed: number; flipRate: number }> = {
  labelling: { pairsPerName: 8, firstSeed: 2_000_000_000, flipRate: lookFlipRate },
  judge: { pairsPerName: 8, firstSeed: 2_100_000_000, flipRate: lookFlipRate },
  heldout: { pairsPerName: 4, firstSeed: 2_300_000_000, flipRate: 0 },
};

/** Agreement with the persona's clean answers on held-out names. */
export interface LookJudgesReport {
  readonly labelling: Measured;
  readonly judge: Measured;
}

/**
 * Draws the look persona's comparisons, trains the labelling scorer on one half of the names and the judge on the other, and measures
 * both on names that neither has seen. About a quarter of an hour. Null when a training was asked to stop.
 */
export async function makeLookJudges({ output, threads }: LookJudgesOptions): Promise<LookJudgesReport | null> {
  const options = threads ? { threads } : {};
  const names = await readEmojiNames();
  const setFolder = (set: NameSet): string => join(output, 'comparisons', set);
  for (const set of nameSets) {
    const of = names.filter((name) => nameSetOf(name) === set);
    // One thread draws a picture as fast as two do: these are small.
    if (!(await writeLookComparisons({ ...lookSets[set], output: setFolder(set), names: of, threads: 1 }))) return null;
  }
  const [runs, labelling, judge] = ['runs', 'labelling-scorer', 'judge'].map((name) => join(output, name)) as [
    string,
    string,
    string,
  ];
  if (
    !(await trainLabellingScorer({
      comparisons: join(setFolder('labelling'), 'comparisons.jsonl'),
      runs,
      output: labelling,
      ...options,
    }))
  )
    return null;
  if (
    !(await trainJudge({ comparisons: join(setFolder('judge'), 'comparisons.jsonl'), runs, output: judge, ...options }))
  )
    return null;
  const heldOut = join(setFolder('heldout'), 'comparisons.jsonl');
  const scorers = { labelling: await openLabellingScorer(labelling, options), judge: await openJudge(judge, options) };
  const report = {
    labelling: await scorerAgreement(scorers.labelling, heldOut),
    judge: await scorerAgreement(scorers.judge, heldOut),
  };
  await scorers.labelling.release();
  await scorers.judge.release();
  return report;
}
