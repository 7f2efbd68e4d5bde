import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { wilson, writeReport } from '@bradley/evaluate';
import { cacheFolder } from '@bradley/formats';
import { openDiffusionModel } from '@bradley/models';
import type { MetricRecord } from '@bradley/train';
import { z } from 'zod';
import { parseRunConfig } from './config/load-run-config.js';
import type { RunConfig } from './config/run-config.js';
import { drawingFields } from './config/sampling-fields.js';
import { lookComparisonsFolder } from './emoji/looks/folders.js';
import { type HeldOutAccuracy, heldOutAccuracy } from './emoji/looks/held-out-accuracy.js';
import { emojiFolder } from './emoji/names.js';
import { type EvaluatedModels, type EvaluateOptions, evaluateModels } from './evaluate/evaluate-models.js';
import { formatEvaluation } from './evaluate/format-evaluation.js';
import { readSamplingAdapter } from './lora/use-lora.js';
import { quickstartReport } from './quickstart-report.js';
import { peakMemory } from './run/peak-memory.js';
import { loraFile } from './run/write-result.js';
import { tables } from './tables.js';

const comparisons = {
  train: join(lookComparisonsFolder, 'train.jsonl'),
  heldOut: join(lookComparisonsFolder, 'heldout.jsonl'),
};

/** The first decides: it learnt the persona's taste from other names. The second says whether pictures still show what was asked for. */
const judges = ['emoji-judge', 'emoji'];
const seeds = [0, 1];

/**
 * Every linear layer but the cross-attention: what the words of the training prompts are read by would be learnt by heart, and
 * held-out words would gain nothing.
 */
const targets = [
  ...['to_q', 'to_k', 'to_v', 'to_out.0'].map((layer) => `attn1.${layer}`),
  ...['proj_in', 'proj_out', 'net.0.proj', 'net.2', 'time_emb_proj'],
];

/**
 * The run of the quick start: Diffusion-DPO of a LoRA on the look persona's comparisons that ship with the project, with the settings of the
 * reproductions, which were chosen on names that are not reported on.
 */
export function quickstartConfig(output: string, threads: number | null = null): RunConfig {
  const yaml = `
model: ${JSON.stringify(emojiFolder)}
data: { path: ${JSON.stringify(comparisons.train)}, heldOut: 0 }
objective: { name: diffusion-dpo, beta: 500 }
adapter: { kind: lora, rank: 8, alpha: 8, targets: [${targets.join(', ')}] }
optimizer: { name: adamw, lr: 0.001 }
train: { steps: 300, batch: 16, warmup: 10, schedule: cosine, captionDropout: 0.3, checkpointEvery: 100, threads: ${threads} }
output: ${JSON.stringify(output)}
`;
  return parseRunConfig(yaml, 'the quick start', {}, tables);
}

/** The first of `name`, `name-2`, `name-3`, … that does not exist. */
export async function freeFolder(name: string): Promise<string> {
  for (let i = 1; ; i++) {
    const folder = i === 1 ? name : `${name}-${i}`;
    if (!(await stat(folder).catch(() => null))) return folder;
  }
}

export interface QuickstartOutcome {
  readonly judged: EvaluatedModels;
  readonly accuracy: HeldOutAccuracy;
  readonly report: string;
  readonly lora: string;
}

export interface QuickstartOptions {
  readonly threads?: number;
  /** Seconds and peak bytes of the training process, for the report. */
  readonly training: { readonly seconds: number; readonly peakBytes: number | null };
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

/**
 * Judges a finished quick-start run on held-out prompts, as `quickstartEvaluation` does on the command line, into `evaluation/` of its folder,
 * and writes `report.html` into the folder.
 */
export async function finishQuickstart(
  folder: string,
  { threads, training, onProgress = () => {} }: QuickstartOptions,
): Promise<QuickstartOutcome> {
  const began = performance.now();
  const lora = join(folder, loraFile);
  const config = parseRunConfig(await readFile(join(folder, 'run.yaml'), 'utf8'), join(folder, 'run.yaml'), {}, tables);
  const judged = await evaluateModels({ ...evaluationOf(config.model, folder, threads ?? null), onProgress });
  const model = await openDiffusionModel(config.model);
  const accuracy = await heldOutAccuracy(model, await readSamplingAdapter(model, lora), {
    ...comparisons,
    cache: cacheFolder(),
    draws: 6,
    ...(threads ? { threads } : {}),
    onProgress: (done, total) => onProgress('held-out comparisons', done, total),
  });
  const metrics = (await readFile(join(folder, 'metrics.jsonl'), 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as MetricRecord);
  const report = join(folder, 'report.html');
  const seconds = { training: training.seconds, judging: (performance.now() - began) / 1000 };
  const peakBytes = { training: training.peakBytes, judging: await peakMemory() };
  await writeReport(
    report,
    await quickstartReport({ config, metrics, judged, accuracy, seconds, peakBytes, folder, lora }),
  );
  return { judged, accuracy, report, lora };
}

/** The same evaluation by hand: a command that prints the same figures, and goes on from the same pictures. */
export function quickstartEvaluation(folder: string): string {
  return `npx bradley evaluate --model models/emoji --against ${folder} --prompts emoji --seeds 0..1 --judge ${judges.join(',')} --output ${join(folder, 'evaluation')}`;
}

function evaluationOf(model: string, folder: string, threads: number | null): EvaluateOptions {
  return {
    model,
    against: [folder],
    images: [],
    prompts: 'emoji',
    limit: null,
    leaveOutLearnt: false,
    seeds,
    judges,
    votes: null,
    chunk: null,
    output: join(folder, 'evaluation'),
    pictures: null,
    draw: {
      ...z.object(drawingFields).parse({}),
      sampler: null,
      height: null,
      width: null,
      batch: 8,
      frozenWeights: 'stored',
      device: 'cpu',
      threads,
      fetch: { offline: true },
    },
    scorer: { offline: true, ...(threads ? { threads } : {}) },
  };
}

/** What the quick start ends with: the evaluation, then how far the held-out comparisons are reproduced. */
export function quickstartSummary({ judged, accuracy }: Pick<QuickstartOutcome, 'judged' | 'accuracy'>): string {
  const share = ({ count, total }: { count: number; total: number }): string => {
    const { low, high } = wilson({ count, total });
    const percent = (x: number): string => `${Math.round(100 * x)}`;
    return `${percent(count / total)} % (${count} of ${total}, 95 % interval ${percent(low)}–${percent(high)} %)`;
  };
  const [all] = accuracy.figures;
  if (!all) throw new Error('no comparison is held out');
  const label = `  ${accuracy.baselineName}, whatever is shown`;
  return [
    formatEvaluation(judged.evaluation),
    '',
    `${'implicit accuracy on held-out comparisons'.padEnd(label.length)}  ${share(all.accuracy)}`,
    `${label.padEnd('implicit accuracy on held-out comparisons'.length)}  ${share(all.baseline)}`,
  ].join('\n');
}
