import { copyFile, mkdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Scorer } from '@bradley/evaluate';
import { writeFileAtomic } from '@bradley/formats';
import { comparisonSchema } from '@bradley/preferences';
import { labellingRecipe, openLabellingScorer, trainLabellingScorer } from 'bradley';

export const fifths = 5;

/** A fifth of the choices is learnt in fewer steps. */
const recipe = { ...labellingRecipe, train: { ...labellingRecipe.train, steps: 150 } };

/**
 * Reward models that each learnt from their own fifth of the persona's choices: judges of one taste that err apart. Record i is of
 * fifth i mod 5. What is trained is kept in `folder`.
 *
 * @param comparisons JSONL, beside the `media/` that it names
 */
export async function trainLabellers(folder: string, comparisons: string, threads: number): Promise<Scorer[]> {
  const scorers: Scorer[] = [];
  for (let fifth = 0; fifth < fifths; fifth++) {
    const output = join(folder, `labeller-${fifth + 1}`);
    if (!(await isFile(join(output, 'reward.json')))) {
      const part = await writeFifth(comparisons, fifth, join(folder, `choices-${fifth + 1}`));
      const seed = fifth;
      const training = { comparisons: part, runs: join(folder, `runs-${fifth + 1}`), output, threads };
      await mkdir(training.runs, { recursive: true });
      await trainLabellingScorer({ ...training, recipe: { ...recipe, train: { ...recipe.train, seed } } });
    }
    scorers.push(await openLabellingScorer(output, { threads }));
  }
  return scorers;
}

async function writeFifth(comparisons: string, fifth: number, folder: string): Promise<string> {
  const lines = (await readFile(comparisons, 'utf8')).split('\n').filter(Boolean);
  const records = lines.map((line) => comparisonSchema.parse(JSON.parse(line))).filter((_, i) => i % fifths === fifth);
  const file = join(folder, basename(comparisons));
  await mkdir(join(folder, 'media'), { recursive: true });
  for (const { candidates } of records)
    for (const { media } of candidates)
      await copyFile(join(dirname(comparisons), 'media', `${media}.png`), join(folder, 'media', `${media}.png`));
  await writeFileAtomic(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  return file;
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
