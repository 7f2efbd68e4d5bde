import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { rewardFile } from '@bradley/train';
import { followRun } from '../cli/follow-run.js';
import type { Out } from '../cli/output.js';
import { type CurvePoint, overall, reportReward } from './report-reward.js';
import { rewardConfigOf } from './run-reward.js';
import { resumeReward, startReward } from './start-reward.js';

/**
 * Trains models of the same settings on fewer pairs, one after the other, each judged on the same comparisons. A model that is there
 * already is not trained again, and one that was stopped goes on.
 *
 * @returns null when one was stopped
 */
export async function learningCurve(
  folder: string,
  counts: readonly number[],
  out: Out,
  options: { readonly threads?: number },
): Promise<CurvePoint[] | null> {
  const config = await rewardConfigOf(folder);
  const points: CurvePoint[] = [];
  for (const pairs of counts.toSorted((a, b) => a - b)) {
    const own = join(folder, 'curve', `${pairs}-pairs`);
    if (!existsSync(join(own, rewardFile))) {
      const resumed = existsSync(join(own, 'run.yaml'));
      const run = resumed ? await resumeReward(own) : await startReward({ ...config, pairs, output: own });
      out.note(`Learning from ${pairs} pairs, in ${own}`);
      const resumeCommand = `npx bradley reward report ${folder} --curve ${counts.join(',')}`;
      const { status } = await followRun(own, { pid: run.pid, pairsPerStep: config.batch, resumeCommand, out });
      if (status !== 'finished') return null;
    }
    points.push({ pairs, withoutTies: overall(await reportReward(own, options)) });
  }
  return points;
}
