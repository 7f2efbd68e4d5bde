import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeFileAtomic } from '@bradley/formats';
import { observeRun, tailRun } from '@bradley/train';
import { emojiFolder, parseRunConfig, peakMemory, startRun, tables } from 'bradley';

/** How an arm of a study trains: what a run file says of it. */
export interface Training {
  /** YAML of the `objective` section. */
  readonly objective: string;
  readonly lr: number;
  readonly steps: number;
  /** Pairs, or groups of four, in a step. */
  readonly batch: number;
}

export interface TrainedArm {
  readonly lora: string;
  /** Of the training process, user and system: what it cost whoever else used the machine. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakBytes: number;
}

/** Every linear layer but the cross-attention, as the arena trains a taste: docs/taste.md. */
const targets = [
  ...['to_q', 'to_k', 'to_v', 'to_out.0'].map((layer) => `attn1.${layer}`),
  ...['proj_in', 'proj_out', 'net.0.proj', 'net.2', 'time_emb_proj'],
];

/** Trains a LoRA of the emoji model in a process of its own. A folder that holds a finished run is not trained again. */
export async function trainArm(
  output: string,
  data: string,
  { objective, lr, steps, batch }: Training,
  { seed, threads }: { readonly seed: number; readonly threads: number },
): Promise<TrainedArm> {
  const costFile = join(output, 'cost.json');
  const kept = await readFile(costFile, 'utf8').catch(() => null);
  if (kept !== null) return JSON.parse(kept) as TrainedArm;
  const yaml = `
model: ${JSON.stringify(emojiFolder)}
data: { path: ${JSON.stringify(data)}, heldOut: 0 }
objective: ${objective}
adapter: { kind: lora, rank: 8, alpha: 8, targets: [${targets.join(', ')}], seed: ${seed} }
optimizer: { name: adamw, lr: ${lr} }
train: { steps: ${steps}, batch: ${batch}, warmup: 10, schedule: cosine, captionDropout: 0.3, checkpointEvery: ${steps}, seed: ${seed}, threads: ${threads} }
output: ${JSON.stringify(output)}
`;
  await rm(output, { recursive: true, force: true });
  const began = performance.now();
  const { pid } = await startRun(parseRunConfig(yaml, 'an arm of a study', {}, tables));
  const watched = new AbortController();
  let cpuSeconds = 0;
  let peakBytes = 0;
  const watching = (async () => {
    while (!watched.signal.aborted) {
      cpuSeconds = (await cpuOf(pid)) ?? cpuSeconds;
      peakBytes = (await peakMemory(pid)) ?? peakBytes;
      await sleep(100);
    }
  })();
  for await (const _ of tailRun(output, { pid }));
  watched.abort();
  await watching;
  const state = await observeRun(output);
  if (state?.status !== 'finished') throw new Error(`${output}: the run ended as ${state?.status ?? 'nothing'}`);
  const arm: TrainedArm = {
    lora: join(output, 'pytorch_lora_weights.safetensors'),
    cpuSeconds,
    wallSeconds: (performance.now() - began) / 1000,
    peakBytes,
  };
  await writeFileAtomic(costFile, JSON.stringify(arm));
  return arm;
}

/** User and system seconds of a process so far; null when it is gone. Linux counts them in hundredths. */
async function cpuOf(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
