import { parseRunConfig } from '../config/load-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { emojiFolder } from '../emoji/names.js';
import { tables } from '../tables.js';

export interface TasteRun {
  /** Comparisons: what `data.path` of a run file may be. */
  readonly data: string;
  /** Folder of the run. */
  readonly output: string;
  /** How many choices there are. */
  readonly choices: number;
  readonly threads?: number | null;
  /** Default the emoji model. */
  readonly model?: string;
}

/**
 * Every linear layer of the emoji model but the cross-attention, by which the words of the few prompts would be learnt by heart.
 */
const targets = [
  ...['to_q', 'to_k', 'to_v', 'to_out.0'].map((layer) => `attn1.${layer}`),
  ...['proj_in', 'proj_out', 'net.0.proj', 'net.2', 'time_emb_proj'],
];

/** How strongly the LoRA of such a run is applied when pictures are drawn with it: docs/taste.md. */
export const tasteStrength = 1.5;

/**
 * The run that learns a person's taste from a few dozen choices between pictures of the emoji model, for `startRun`. The settings were
 * looked for and measured with simulated people: docs/taste.md.
 */
export function tasteRunConfig({ data, output, choices, threads = null, model = emojiFolder }: TasteRun): RunConfig {
  const yaml = `
model: ${JSON.stringify(model)}
data: { path: ${JSON.stringify(data)}, heldOut: 0 }
objective: { name: diffusion-dpo, beta: 500 }
adapter: { kind: lora, rank: 8, alpha: 8, targets: [${targets.join(', ')}] }
optimizer: { name: adamw, lr: 0.001 }
train: { steps: ${steps(choices)}, batch: 16, warmup: 10, schedule: cosine, captionDropout: 0.4, checkpointEvery: 50, threads: ${threads} }
output: ${JSON.stringify(output)}
`;
  return parseRunConfig(yaml, 'the training of a taste', {}, tables);
}

/** A few choices are soon learnt by heart; many take longer to be learnt at all. */
function steps(choices: number): number {
  return Math.round(Math.min(Math.max(100 + 2 * choices, 120), 300) / 10) * 10;
}
