import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Scorer, smallestShare } from '@bradley/evaluate';
import type { Drawer } from 'bradley';
import { contrast, type Scores } from './contrast.js';
import { dataSets, type Setting } from './data-sets.js';
import { drawArm, judgedSeeds } from './draw-arm.js';
import type { ArmResult, ClaimResult, StudyResult } from './report-study.js';
import type { Study } from './study.js';
import { type TrainedArm, trainArm } from './train-arm.js';

export interface StudyRun {
  /** Where runs and pictures are kept: what a killed run finished is not done again. */
  readonly folder: string;
  readonly setting: Setting;
  readonly drawer: Drawer;
  /** Names that nobody learnt a preference of. */
  readonly prompts: readonly string[];
  /** By name; of `style` an arm's own. */
  readonly judges: Readonly<Record<string, (data: string) => Scorer>>;
  readonly seeds: readonly number[];
  readonly threads: number;
  readonly say: (message: string) => void;
}

/** Trains every arm with every seed, draws the held-out prompts with each, and lets the judges compare. */
export async function runStudy(name: string, study: Study, run: StudyRun): Promise<StudyResult> {
  const { folder, setting, drawer, prompts, seeds, threads, say } = run;
  const detectable = smallestShare(prompts.length) ?? 1;
  say(
    `${name}: a share of wins of ${(100 * detectable).toFixed(1)} % can be told from a half (${prompts.length} prompts)`,
  );
  const datasets = [...new Set(study.arms.map(({ data }) => data))];
  const files = new Map<string, string>();
  for (const data of datasets) {
    const make = dataSets[data];
    if (!make) throw new Error(`there is no set '${data}'; the sets are ${Object.keys(dataSets).join(', ')}`);
    files.set(data, await make(setting));
  }
  await mkdir(folder, { recursive: true });
  const costs = new Map<string, TrainedArm[]>();
  const scores = new Map<string, Scores[]>(); // by arm and judge
  const ofStyle = study.judges.includes('style'); // then each set has judges of its own
  const judge = async (arm: string, data: string, lora: string | null, pictures: string): Promise<void> => {
    const samples = await drawArm(pictures, drawer, lora, prompts);
    for (const by of study.judges) {
      const scorer = run.judges[by]?.(data);
      if (!scorer) throw new Error(`there is no judge '${by}'; the judges are ${Object.keys(run.judges).join(', ')}`);
      const key = `${arm} ${by}${lora === null && ofStyle ? ` ${data}` : ''}`;
      scores.set(key, [...(scores.get(key) ?? []), [...(await scorer.score(samples))]]);
    }
  };
  for (const data of ofStyle ? datasets : datasets.slice(0, 1))
    await judge('base', data, null, join(folder, 'pictures', 'base'));
  for (const { name: arm, data, training } of study.arms)
    for (const seed of seeds) {
      const key = `${arm}-${seed}`;
      // What is trained alike in two studies is trained once.
      const recipe = createHash('sha256')
        .update(JSON.stringify([data, training]))
        .digest('hex')
        .slice(0, 8);
      const output = join(folder, 'runs', `${key}-${recipe}`);
      const trained = await trainArm(output, files.get(data) as string, training, { seed, threads });
      costs.set(arm, [...(costs.get(arm) ?? []), trained]);
      await judge(arm, data, trained.lora, join(folder, 'pictures', `${key}-${recipe}`));
      say(
        `${name}: ${key} trained in ${trained.wallSeconds.toFixed(0)} s, ${trained.cpuSeconds.toFixed(0)} CPU seconds`,
      );
    }

  const of = (arm: string, by: string, data: string): readonly Scores[] =>
    scores.get(`${arm} ${by}`) ?? scores.get(`${arm} ${by} ${data}`) ?? [];
  const shown = prompts.flatMap((prompt) => judgedSeeds.map(() => ({ prompt })));
  const dataOf = (arm: string): string => study.arms.find((one) => one.name === arm)?.data ?? '';
  const claims: ClaimResult[] = study.claims.map((claim) => ({
    ...claim,
    byJudge: Object.fromEntries(
      study.judges.map((by) => [
        by,
        contrast(shown, of(claim.of, by, dataOf(claim.of)), of(claim.against, by, dataOf(claim.of))),
      ]),
    ),
  }));
  const arms: ArmResult[] = ['base', ...study.arms.map((arm) => arm.name)].map((arm) => ({
    name: arm,
    costs: (costs.get(arm) ?? []).map(({ cpuSeconds, wallSeconds, peakBytes }) => ({
      cpuSeconds,
      wallSeconds,
      peakBytes,
    })),
    means: Object.fromEntries(
      study.judges.flatMap((by) => {
        const all = of(arm, by, dataOf(arm)).flat();
        return all.length > 0 ? [[by, all.reduce((a, b) => a + b, 0) / all.length]] : [];
      }),
    ),
  }));
  return {
    study: name,
    prompts: prompts.length,
    picturesPerPrompt: judgedSeeds.length,
    trainingSeeds: seeds,
    smallestDetectable: detectable,
    threads,
    arms,
    claims,
  };
}
