import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Proportion, wilson } from '@bradley/evaluate';
import { recipe } from './recipe.js';
import { runPlanted } from './run-planted.js';

/** `npm run bench:planted`: whether a planted utility is found again in noisy choices, over five seeds. */
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '5' }, threads: { type: 'string', default: '2' } },
});
const shown = (proportion: Proportion): string => {
  const { low, high } = wilson(proportion);
  const percent = (share: number): string => (100 * share).toFixed(1);
  return `${percent(proportion.count / proportion.total)} % (${proportion.count} of ${proportion.total}, ${percent(low)}–${percent(high)})`;
};
const shares: number[] = [];
for (let seed = 0; seed < Number(values.seeds); seed++) {
  const folder = await mkdtemp(join(tmpdir(), 'bradley-planted-'));
  try {
    const { unseen, anyDifference, seconds } = await runPlanted(folder, seed, recipe, Number(values.threads));
    shares.push(unseen.count / unseen.total);
    console.log(
      `seed ${seed}: ${shown(unseen)} of clean labels on unseen prompts; ${shown(anyDifference)} with differences of any size; ${seconds.toFixed(0)} s`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
console.log(
  `mean of ${shares.length} seeds: ${(100 * mean).toFixed(1)} %, least ${(100 * Math.min(...shares)).toFixed(1)} %`,
);
