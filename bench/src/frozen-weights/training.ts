import { join } from 'node:path';
import { implicitMargins, wilson } from '@bradley/evaluate';
import { openDiffusionModel, type Part, type UNetConfig } from '@bradley/models';
import { sft } from '@bradley/objectives';
import {
  buildPolicy,
  closeRun,
  contentCache,
  createRun,
  encodeGroups,
  type FrozenPrecision,
  frozenPart,
  type GroupDataset,
  openRun,
  trainPreferences,
} from '@bradley/train';
import { cacheFolder, emojiFolder, loadGroups, parseRunConfig, settingsOf, tables } from 'bradley';

export interface TrainingOptions {
  readonly steps: number;
  readonly threads: number;
  readonly smallest: number;
  /** Folder for runs and rounded weights. */
  readonly scratch: string;
}

/** A LoRA that was trained over frozen weights of some precision, judged over exact ones. */
export interface TrainedOver {
  readonly precision: FrozenPrecision;
  /** The implicit margin of each held-out pair. */
  readonly margins: Float32Array;
  /** All its numbers, less what they were at the start. */
  readonly change: Float32Array;
}

const comparisons = join(emojiFolder, 'comparisons');

/** Diffusion-DPO of a LoRA on every linear layer but the cross-attention, on comparisons of designs. */
function designsConfig(output: string, steps: number, threads: number) {
  const targets = [
    ...['to_q', 'to_k', 'to_v', 'to_out.0'].map((layer) => `attn1.${layer}`),
    ...['proj_in', 'proj_out', 'net.0.proj', 'net.2', 'time_emb_proj'],
  ];
  const yaml = `
model: ${JSON.stringify(emojiFolder)}
data: { path: ${JSON.stringify(join(comparisons, 'train.jsonl'))}, heldOut: 0 }
objective: { name: diffusion-dpo, beta: 30, anchor: 0.3 }
adapter: { kind: lora, rank: 8, alpha: 8, targets: [${targets.join(', ')}] }
optimizer: { name: adamw, lr: 0.003 }
train: { steps: ${steps}, batch: 32, warmup: 20, schedule: cosine, captionDropout: 0.1, threads: ${threads} }
output: ${JSON.stringify(output)}
`;
  return parseRunConfig(yaml, 'the training over frozen weights', {}, tables);
}

/**
 * Trains a LoRA of the emoji model over the same UNet in each precision, on the same batches and noise, and judges each on held-out
 * prompts with the exact weights, as it would be used.
 *
 * @param unet of models/emoji in float32
 */
export async function trainOver(
  unet: Part<UNetConfig>,
  precisions: readonly FrozenPrecision[],
  { steps, threads, smallest, scratch }: TrainingOptions,
): Promise<TrainedOver[]> {
  const config = designsConfig(scratch, steps, threads);
  const settings = settingsOf(config);
  const exact = { ...(await openDiffusionModel(config.model)), unet };
  const encode = async (path: string): Promise<GroupDataset> => {
    const { source, train } = await loadGroups({ ...config.data, path }, sft);
    const loadMedia = (candidate: Parameters<typeof source.loadMedia>[0]) => source.loadMedia(candidate);
    return encodeGroups(exact, train, { loadMedia, resolution: null, cache: contentCache(cacheFolder()), threads });
  };
  const dataset = await encode(config.data.path);
  const heldOut = await encode(join(comparisons, 'heldout.jsonl'));
  const { parameters: start } = await buildPolicy(exact, dataset, settings);
  const trained: TrainedOver[] = [];
  for (const precision of precisions) {
    const { part } = await frozenPart(unet, precision, scratch, { smallest });
    const run = await createRun(join(scratch, precision), '{}\n').then(() => openRun(join(scratch, precision), steps));
    const { parameters } = await trainPreferences(run, exact, dataset, { ...settings, frozen: part });
    await closeRun(run, { status: 'finished' });
    if (settings.adapter.kind !== 'lora') throw new Error('this trains a LoRA');
    const policy = { config: settings.adapter, tensors: parameters.views };
    const margins = await implicitMargins(exact, policy, heldOut, { threads });
    trained.push({
      precision,
      margins,
      change: parameters.values.map((value, i) => value - (start.values[i] as number)),
    });
  }
  return trained;
}

/** A line on each: how often it prefers what was chosen, and how far it is from the first. */
export function describeTrained([first, ...others]: readonly TrainedOver[]): string[] {
  if (!first) return [];
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return [first, ...others].map(({ precision, margins, change }) => {
    const total = margins.length;
    const count = margins.filter((margin) => margin > 0).length;
    const { low, high } = wilson({ count, total });
    const agreeing = margins.filter((margin, i) => margin > 0 === (first.margins[i] as number) > 0).length;
    let [apart, whole] = [0, 0];
    for (const [i, w] of first.change.entries()) {
      apart += ((change[i] as number) - w) ** 2;
      whole += w ** 2;
    }
    return (
      `| ${precision === 'stored' ? 'float32' : precision} | ${percent(count / total)} (${percent(low)}–${percent(high)}) | ` +
      `${agreeing} of ${total} | ${percent(Math.sqrt(apart / whole))} |`
    );
  });
}
