import { parseRunConfig } from '../config/load-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { emojiFolder } from '../emoji/names.js';
import { tables } from '../tables.js';

export interface TasteRun {
  /** Comparisons: what `data.path` of a run file may be. */
  readonly data: string;
  /** Folder of the run. */
  readonly output: string;
  readonly choices: number;
  /** To how many pairs of other prompts they are carried over before training. */
  readonly carryOver: number;
  readonly threads?: number | null;
  /** Default the emoji model. */
  readonly model?: string;
}

/** How strongly the LoRA of such a run is applied when pictures are drawn with it: docs/taste.md. */
export const tasteStrength = 1.5;

/**
 * The run that learns a person's taste from a few dozen choices between pictures of the emoji model, for `startRun`. The settings were
 * looked for and measured with simulated people: docs/taste.md.
 *
 * Of a few choices only what they have in common can be learnt, and a LoRA of all layers learns their prompts by heart. Few choices
 * therefore train where the timestep enters the blocks and no prompt is seen; more train every linear layer but the cross-attention.
 */
export function tasteRunConfig({
  data,
  output,
  choices,
  carryOver,
  threads = null,
  model = emojiFolder,
}: TasteRun): RunConfig {
  const { beta, rank, targets, lr } = choices + carryOver < many ? ofFew : ofMany;
  const yaml = `
model: ${JSON.stringify(model)}
data: { path: ${JSON.stringify(data)}, heldOut: 0, carryOver: ${carryOver} }
objective: { name: diffusion-dpo, beta: ${beta} }
adapter: { kind: lora, rank: ${rank}, alpha: ${rank}, targets: [${targets.join(', ')}] }
optimizer: { name: adamw, lr: ${lr} }
train: { steps: 150, batch: 16, warmup: 10, schedule: cosine, captionDropout: 0.3, checkpointEvery: 50, threads: ${threads} }
output: ${JSON.stringify(output)}
`;
  return parseRunConfig(yaml, 'the training of a taste', {}, tables);
}

/** So many pairs of other prompts are drawn, where the choices say enough of looks: docs/taste.md. */
export const carriedPairs = 120;

/** From so many pairs on, all layers learn more than they get by heart. */
const many = 60;

const ofFew = { beta: 200, rank: 4, lr: 0.004, targets: ['time_emb_proj'] };

const ofMany = {
  beta: 500,
  rank: 8,
  lr: 0.001,
  targets: [
    ...['to_q', 'to_k', 'to_v', 'to_out.0'].map((layer) => `attn1.${layer}`),
    ...['proj_in', 'proj_out', 'net.0.proj', 'net.2', 'time_emb_proj'],
  ],
};
