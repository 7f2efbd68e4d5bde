import type { Report } from '@bradley/evaluate';
import type { MetricRecord } from '@bradley/train';
import type { RunConfig } from './config/run-config.js';
import type { EmojiEvaluation } from './emoji/evaluate-lora.js';

export interface QuickstartFacts {
  readonly config: RunConfig;
  readonly metrics: readonly MetricRecord[];
  readonly evaluation: EmojiEvaluation;
  readonly seconds: { readonly training: number; readonly judging: number };
  readonly peakBytes: { readonly training: number | null; readonly judging: number | null };
  readonly folder: string;
  readonly lora: string;
}

/** What the quick start's page tells. */
export function quickstartReport({
  config,
  metrics,
  evaluation,
  seconds,
  peakBytes,
  folder,
  lora,
}: QuickstartFacts): Report {
  const { figures, order, samples } = evaluation;
  const [all, ...byCategory] = figures;
  if (!all) throw new Error('the evaluation has no figures');
  const { beta, anchor } = config.objective;
  const shown = samples.slice(0, 20);
  const orderText = order.join(' > ');
  const series = (name: string) =>
    metrics.flatMap((record) =>
      typeof record[name] === 'number' && 'loss' in record ? [{ step: record.step, value: record[name] }] : [],
    );
  return {
    title: 'Bradley quick start: a taste in emoji',
    summary: {
      sentences: [
        'A LoRA was trained with Diffusion-DPO on 732 comparisons by a stated synthetic persona, whose taste depends on what is drawn and who answers one comparison in ten against it.',
        'Everything below is measured on held-out words: the base model knows them, but nothing has seen a preference about them.',
      ],
      figures: [
        { label: 'Implicit accuracy', value: all.accuracy, note: `baseline, always ${orderText}: see below` },
        {
          label: 'Pictures in the preferred design',
          value: all.shareAfter,
          note: 'after training, by the designer classifier',
        },
        { label: 'The same before', value: all.shareBefore },
        { label: 'Training', value: `${Math.round(seconds.training)} s`, note: memoryText(peakBytes.training) },
      ],
    },
    grids: [
      {
        title: 'Before and after, same seeds',
        note: 'Held-out prompts. Judge for yourself: implicit accuracy can rise while pictures get worse.',
        prompts: shown.map(({ prompt, wanted }) => `${prompt} (likes ${wanted})`),
        columns: [
          { name: 'base', images: shown.map(({ before }) => before.png) },
          { name: 'aligned', images: shown.map(({ after }) => after.png) },
        ],
      },
    ],
    figures: [
      {
        name: 'Implicit accuracy',
        after: all.accuracy,
        baseline: all.baseline,
        baselineName: `Always ${orderText}`,
        reference: { value: 0.5, label: 'chance' },
        note: 'Judge: the persona’s own answers on held-out prompts, flipped ones included, so that 90 % is the most to expect. The settings of this run were chosen among about eighteen with these figures in sight, which flatters them a little.',
      },
      {
        name: 'Pictures in the persona’s preferred design',
        before: all.shareBefore,
        after: all.shareAfter,
        reference: { value: 1 / 3, label: 'chance' },
        note: 'Judge: a small designer classifier, trained apart on other words; it errs on sampled pictures more than on real ones. Few pictures: look at the interval.',
      },
      ...byCategory.map(({ category, accuracy, baseline }) => ({
        name: `Implicit accuracy: ${category}`,
        after: accuracy,
        baseline,
        baselineName: `Always ${orderText}`,
        note: 'The persona’s answers.',
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
    tables: [
      {
        title: 'By category',
        columns: ['category', 'implicit accuracy', 'baseline', 'preferred design, before', 'after'],
        rows: figures.map(({ category, accuracy, baseline, shareBefore, shareAfter }) => [
          category,
          accuracy,
          baseline,
          shareBefore,
          shareAfter,
        ]),
      },
    ],
    nextSteps: [
      `See more: bradley sample --model models/emoji --prompt "dog face" --seeds 0,1,2,3 --lora ${lora} --output out`,
      'Train on your own choices: bradley data check my-comparisons/, then bradley train --help',
      `The LoRA is ${lora}: load it in diffusers with load_lora_weights. docs/using-the-lora.md says how.`,
    ],
    run: {
      objective: `${config.objective.name}, beta ${beta}, anchor ${anchor}`,
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

function memoryText(bytes: number | null): string {
  return bytes === null ? 'memory not known on this system' : `${(bytes / 1e9).toFixed(2)} GB peak memory`;
}
