import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Proportion, wilson } from '@bradley/evaluate';
import { recipe } from './recipe.js';
import { runPlanted } from './run-planted.js';
import { teachClip } from './teach-clip.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    /** Judge by a fourth of the training prompts instead, as the recipe was chosen. */
    developing: { type: 'boolean', default: false },
  },
});
const { developing } = values;
const threads = Number(values.threads);
const judgedOn = developing ? 'training prompts kept for choosing settings' : 'unseen prompts';

const shown = (proportion: Proportion): string => {
  const { low, high } = wilson(proportion);
  const percent = (share: number): string => (100 * share).toFixed(1);
  return `${percent(proportion.count / proportion.total)} % (${proportion.count} of ${proportion.total}, ${percent(low)}–${percent(high)})`;
};
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const folder = await mkdtemp(join(tmpdir(), 'bradley-planted-'));
try {
  const clip = await teachClip(folder, recipe.teaching, threads);
  console.log(`A CLIP was taught pictures and captions, for all seeds: ${cpuSeconds().toFixed(0)} s of CPU`);
  const shares: number[] = [];
  for (let seed = 0; seed < Number(values.seeds); seed++) {
    const own = join(folder, String(seed));
    await mkdir(own);
    const { unseen, anyDifference } = await runPlanted(own, clip, recipe, { seed, threads, developing });
    await rm(own, { recursive: true });
    shares.push(unseen.count / unseen.total);
    console.log(
      `seed ${seed}: ${shown(unseen)} of clean labels on ${judgedOn}; ${shown(anyDifference)} with differences of any size`,
    );
  }
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  console.log(
    `mean of ${shares.length} seeds: ${(100 * mean).toFixed(1)} %, least ${(100 * Math.min(...shares)).toFixed(1)} %; ${cpuSeconds().toFixed(0)} s of CPU in all`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
