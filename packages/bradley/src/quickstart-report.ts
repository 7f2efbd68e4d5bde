import { readFile } from 'node:fs/promises';
import type { Grid, Report } from '@bradley/evaluate';
import type { MetricRecord } from '@bradley/train';
import type { RunConfig } from './config/run-config.js';
import type { HeldOutAccuracy } from './emoji/looks/held-out-accuracy.js';
import { lookTaste } from './emoji/looks/look-taste.js';
import type { Category } from './emoji/names.js';
import type { EvaluatedModels } from './evaluate/evaluate-models.js';
import { choosePrompts } from './evaluate/prompts.js';

export interface QuickstartFacts {
  readonly config: RunConfig;
  readonly metrics: readonly MetricRecord[];
  readonly judged: EvaluatedModels;
  readonly accuracy: HeldOutAccuracy;
  readonly seconds: { readonly training: number; readonly judging: number };
  readonly peakBytes: { readonly training: number | null; readonly judging: number | null };
  readonly folder: string;
  readonly lora: string;
}

/** What the quick start's page tells. */
export async function quickstartReport({
  config,
  metrics,
  judged,
  accuracy,
  seconds,
  peakBytes,
  folder,
  lora,
}: QuickstartFacts): Promise<Report> {
  const [all, ...byCategory] = accuracy.figures;
  const [judge] = judged.evaluation.judges;
  const comparison = judge?.comparisons[0];
  if (!all || !judge || !comparison?.winRate) throw new Error('the evaluation has no figures');
  const { rate, interval, duels } = comparison.winRate;
  const percent = (share: number): string => (100 * share).toFixed(1);
  const { beta } = config.objective;
  const { baselineName } = accuracy;
  const series = (name: string) =>
    metrics.flatMap((record) =>
      typeof record[name] === 'number' && 'loss' in record ? [{ step: record.step, value: record[name] }] : [],
    );
  const note = 'The persona’s answers without its flips.';
  return {
    title: 'Bradley quick start: a taste in emoji',
    summary: {
      sentences: [
        'A LoRA was trained with Diffusion-DPO on 500 comparisons by a stated synthetic persona: what lives it likes warm, things cool, all somewhat light, and one answer in ten goes against that.',
        'Everything below is measured on held-out words: the base model knows them, but nothing has seen a preference about them.',
        'The judge is a network that learnt the same persona’s taste from its answers about other words than the LoRA: it taught nobody, and it errs.',
      ],
      figures: [
        {
          label: 'Wins over the base',
          value: `${percent(rate)} % of ${duels}`,
          note: `95 % interval ${percent(interval.low)}–${percent(interval.high)} %, judge ${judge.judge.name}: ${comparison.conclusion.kind}`,
        },
        { label: 'Implicit accuracy', value: all.accuracy, note: `baseline, ${baselineName}: see below` },
        { label: 'Training', value: `${Math.round(seconds.training)} s`, note: memoryText(peakBytes.training) },
      ],
    },
    grids: [await beforeAndAfter(judged)],
    figures: [
      {
        name: 'Implicit accuracy',
        after: all.accuracy,
        baseline: all.baseline,
        baselineName,
        reference: { value: 0.5, label: 'chance' },
        note: `Judge: ${note} The baseline is, of the rules that read no prompt, the one that agrees with most training comparisons.`,
      },
      ...byCategory.map(({ category, accuracy: after, baseline }) => ({
        name: `Implicit accuracy: ${category}`,
        after,
        baseline,
        baselineName,
        note,
      })),
    ],
    curves: [
      {
        title: 'Loss',
        points: series('loss'),
        smoothing: 0.9,
        reference: { value: Math.LN2, label: 'log 2: untrained' },
      },
      {
        title: 'Implicit accuracy while training',
        points: series('implicitAccuracy'),
        smoothing: 0.9,
        reference: { value: 0.5, label: 'chance' },
      },
      {
        title: 'Error of the chosen pictures over the reference',
        note: 'Below zero: they have become more likely.',
        points: series('chosenErrorOverReference'),
        smoothing: 0.9,
        reference: { value: 0, label: 'the reference' },
      },
      {
        title: 'Error of the rejected pictures over the reference',
        points: series('rejectedErrorOverReference'),
        smoothing: 0.9,
        reference: { value: 0, label: 'the reference' },
      },
    ],
    tables: [],
    nextSteps: [
      `All pictures, win rates, categories: ${judged.report}`,
      `See more: npx bradley sample --model models/emoji --prompt "dog face" --seeds 0,1,2,3 --lora ${lora} --output out`,
      'Train on your own choices: npx bradley data check my-comparisons/, then npx bradley train --help',
      `The LoRA is ${lora}: load it in diffusers with load_lora_weights. docs/using-the-lora.md says how.`,
    ],
    run: {
      objective: `${config.objective.name}, beta ${beta}`,
      adapter: config.adapter.kind === 'lora' ? `LoRA, rank ${config.adapter.rank}` : 'full',
      optimizer: `${config.optimizer.name}, learning rate ${config.optimizer.lr}`,
      steps: `${config.train.steps} of ${config.train.batch} pairs`,
      'training time': `${seconds.training.toFixed(1)} s`,
      'judging time': `${seconds.judging.toFixed(1)} s`,
      'peak memory, training': memoryText(peakBytes.training),
      'peak memory, judging': memoryText(peakBytes.judging),
      folder,
    },
  };
}

/** Twenty held-out words, categories in turn, each with its first seed. */
async function beforeAndAfter({ cases, files }: EvaluatedModels): Promise<Grid> {
  const first = cases.flatMap((of, at) => (of.seed === cases[0]?.seed ? [{ ...of, at }] : []));
  const chosen = choosePrompts({ prompts: first }, 20).map(
    ({ prompt }) => first.find((of) => of.prompt === prompt) ?? first[0],
  );
  const shown = chosen.filter((of) => of !== undefined);
  const column = async (name: string, of: readonly string[] | undefined) => ({
    name,
    images: await Promise.all(shown.map(({ at }) => readFile(of?.[at] as string))),
  });
  return {
    title: 'Before and after, same seeds',
    note: 'Held-out prompts. Judge for yourself: a win rate can rise while pictures get worse.',
    prompts: shown.map(
      ({ prompt, category }) => `${prompt} (likes it ${lookTaste[category as Category].warm > 0 ? 'warm' : 'cool'})`,
    ),
    columns: [await column('base', files[0]), await column('aligned', files[1])],
  };
}

function memoryText(bytes: number | null): string {
  return bytes === null ? 'not known on this system' : `${(bytes / 1e9).toFixed(2)} GB`;
}
