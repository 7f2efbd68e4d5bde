import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  addLora,
  float32Tensor,
  sourceOf,
  storedSource,
  type TensorDtype,
  type TensorSource,
  writeFileAtomic,
  writeSafetensors,
} from '@bradley/formats';
import { readStoredTensor, type StoredTensor } from '@bradley/models';
import type { Segment } from '../parameter-buffer.js';
import type { RewardJson } from './reward-json.js';
import { type ClipFolder, rewardFile } from './reward-model.js';
import type { Trains } from './what-trains.js';

/** What training made: every trained tensor by name, a LoRA's in PEFT's names. */
export interface TrainedReward {
  readonly trains: Trains;
  readonly segments: readonly Segment[];
  readonly weights: Readonly<Record<string, Float32Array>>;
}

/** What belongs to a CLIP besides its weights; a folder may hold more, the files of a run for instance. */
const copied = new Set([
  'config.json',
  'preprocessor_config.json',
  'processor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
]);

/**
 * Writes a reward model: the CLIP folder that was trained on, with its configs and tokenizer, its weights as they are now, a LoRA
 * merged into them, and `reward.json`, which is written last. Tensors that training did not touch are copied one at a time;
 * the others are float32. Heads are `questions.*` and `relation.*` in model.safetensors.
 */
export async function writeRewardModel(
  folder: string,
  base: ClipFolder,
  trained: TrainedReward,
  reward: RewardJson,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(base.path))
    if (copied.has(name)) await cp(join(base.path, name), join(folder, name), { dereference: true });
  await writeSafetensors(join(folder, 'model.safetensors'), tensorsOf(base, trained), { format: 'pt' });
  await writeRewardJson(folder, reward);
}

export async function writeRewardJson(folder: string, reward: RewardJson): Promise<void> {
  await writeFileAtomic(join(folder, rewardFile), `${JSON.stringify(reward, null, 2)}\n`);
}

function tensorsOf({ part }: ClipFolder, { trains, segments, weights }: TrainedReward): Map<string, TensorSource> {
  const tensors = new Map<string, TensorSource>();
  for (const [name, stored] of part.tensors)
    tensors.set(name, storedSource(stored.file, { ...stored, dtype: stored.dtype as TensorDtype }));
  for (const { name, shape } of segments) {
    const layer = /^(.*)\.lora_[AB]\.weight$/.exec(name)?.[1];
    if (layer === undefined) tensors.set(name, sourceOf(float32Tensor(shape, weights[name] as Float32Array)));
    else if (trains.kind === 'lora' && name.endsWith('lora_A.weight'))
      tensors.set(
        `${layer}.weight`,
        mergedSource(part.tensors.get(`${layer}.weight`) as StoredTensor, layer, trains, weights),
      );
  }
  return tensors;
}

function mergedSource(
  stored: StoredTensor,
  layer: string,
  { rank, alpha }: Extract<Trains, { kind: 'lora' }>,
  weights: TrainedReward['weights'],
): TensorSource {
  const [rows, columns] = stored.shape as [number, number];
  return {
    dtype: 'float32',
    shape: stored.shape,
    async read() {
      const merged = await readStoredTensor(stored);
      const A = float32Tensor([rank, columns], weights[`${layer}.lora_A.weight`] as Float32Array);
      const B = float32Tensor([rows, rank], weights[`${layer}.lora_B.weight`] as Float32Array);
      addLora(merged, { A, B, alpha });
      return float32Tensor(stored.shape, merged);
    },
  };
}
