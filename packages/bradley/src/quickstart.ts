import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { wilson, writeReport } from '@bradley/evaluate';
import { cacheFolder } from '@bradley/formats';
import { openDiffusionModel } from '@bradley/models';
import type { MetricRecord } from '@bradley/train';
import { parseRunConfig } from './config/load-run-config.js';
import type { RunConfig } from './config/run-config.js';
import { type EmojiEvaluation, evaluateEmojiLora } from './emoji/evaluate-lora.js';
import { emojiFolder } from './emoji/names.js';
import { readSamplingAdapter } from './lora/use-lora.js';
import { quickstartReport } from './quickstart-report.js';
import { peakMemory } from './run/peak-memory.js';
import { loraFile } from './run/write-result.js';
import { tables } from './tables.js';

const comparisons = join(emojiFolder, 'comparisons');

/**
 * Every linear layer but the cross-attention: what the words of the training prompts are read by would be learnt by heart, and
 * held-out words would gain nothing.
 */
const targets = [
  ...['to_q', 'to_k', 'to_v', 'to_out.0'].map((layer) => `attn1.${layer}`),
  ...['proj_in', 'proj_out', 'net.0.proj', 'net.2', 'time_emb_proj'],
];

/** The run of the quick start: Diffusion-DPO of a LoRA on the persona's comparisons that ship with the project. */
export function quickstartConfig(output: string, threads: number | null = null): RunConfig {
  const yaml = `
model: ${JSON.stringify(emojiFolder)}
data: { path: ${JSON.stringify(join(comparisons, 'train.jsonl'))}, heldOut: 0 }
objective: { name: diffusion-dpo, beta: 30, anchor: 0.3 }
adapter: { kind: lora, rank: 8, alpha: 8, targets: [${targets.join(', ')}] }
optimizer: { name: adamw, lr: 0.003 }
train: { steps: 200, batch: 32, warmup: 20, schedule: cosine, captionDropout: 0.1, checkpointEvery: 100, threads: ${threads} }
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
  readonly evaluation: EmojiEvaluation;
  readonly report: string;
  readonly lora: string;
}

export interface QuickstartOptions {
  readonly threads?: number;
  /** Seconds and peak bytes of the training process, for the report. */
  readonly training: { readonly seconds: number; readonly peakBytes: number | null };
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

/** Judges a finished quick-start run on held-out prompts and writes `report.html` into its folder. */
export async function finishQuickstart(
  folder: string,
  { threads, training, onProgress }: QuickstartOptions,
): Promise<QuickstartOutcome> {
  const began = performance.now();
  const lora = join(folder, loraFile);
  const config = parseRunConfig(await readFile(join(folder, 'run.yaml'), 'utf8'), join(folder, 'run.yaml'), {}, tables);
  const model = await openDiffusionModel(config.model);
  const evaluation = await evaluateEmojiLora(model, await readSamplingAdapter(model, lora), {
    trainComparisons: join(comparisons, 'train.jsonl'),
    heldOutComparisons: join(comparisons, 'heldout.jsonl'),
    cache: cacheFolder(),
    prompts: 60,
    seeds: [0],
    steps: 16,
    guidance: 3,
    draws: 6,
    ...(threads ? { threads } : {}),
    ...(onProgress ? { onProgress } : {}),
  });
  const metrics = (await readFile(join(folder, 'metrics.jsonl'), 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as MetricRecord);
  const report = join(folder, 'report.html');
  const seconds = { training: training.seconds, judging: (performance.now() - began) / 1000 };
  const peakBytes = { training: training.peakBytes, judging: await peakMemory() };
  await writeReport(report, quickstartReport({ config, metrics, evaluation, seconds, peakBytes, folder, lora }));
  return { evaluation, report, lora };
}

/** The figures that the quick start ends with, as lines. */
export function quickstartSummary({ figures }: EmojiEvaluation): string[] {
  const share = ({ count, total }: { count: number; total: number }): string => {
    const { low, high } = wilson({ count, total });
    const percent = (x: number): string => `${Math.round(100 * x)}`;
    return `${percent(count / total)} % (${count} of ${total}, 95 % interval ${percent(low)}–${percent(high)} %)`;
  };
  const all = figures.find(({ category }) => category === 'all');
  if (!all) return [];
  return [
    `implicit accuracy on held-out prompts  ${share(all.accuracy)}`,
    `  always the most preferred designer   ${share(all.baseline)}`,
    `pictures in the persona's design       ${share(all.shareAfter)}`,
    `  before training                      ${share(all.shareBefore)}`,
  ];
}
