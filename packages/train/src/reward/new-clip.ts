import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { float32Tensor, writeFileAtomic, writeSafetensors } from '@bradley/formats';
import { clipConfigSchema, trainableStore } from '@bradley/models';
import type { z } from 'zod';
import { initialise, parameterBuffer } from '../parameter-buffer.js';
import { clipPreprocessing } from './clip-preprocessing.js';
import { rewardScores } from './reward-graph.js';

/**
 * Writes a CLIP folder whose weights are random, for training from scratch: the same seed gives the same bytes.
 * @param tokenizer a folder with the tokenizer's files
 */
export async function writeNewClip(
  folder: string,
  { config, tokenizer, seed }: { config: z.input<typeof clipConfigSchema>; tokenizer: string; seed: number },
): Promise<void> {
  const parsed = clipConfigSchema.parse(config);
  const store = trainableStore();
  rewardScores(
    store,
    parsed,
    { questions: [{ name: 'overall', readsPrompt: true }], head: 'similarity' },
    { batch: 1, tokens: 2 },
    1,
  );
  const parameters = parameterBuffer(store.trainables);
  initialise(parameters, store.trainables, seed);
  await mkdir(folder, { recursive: true });
  await cp(tokenizer, folder, { recursive: true });
  const tensors = parameters.segments.map(
    ({ name, shape }) => [name, float32Tensor(shape, parameters.views[name] as Float32Array)] as const,
  );
  await writeSafetensors(join(folder, 'model.safetensors'), new Map(tensors), { format: 'pt' });
  const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
  const { image_size: size } = parsed.vision_config;
  await writeFileAtomic(join(folder, 'preprocessor_config.json'), json(clipPreprocessing(size)));
  await writeFileAtomic(
    join(folder, 'config.json'),
    json({ architectures: ['CLIPModel'], model_type: 'clip', ...parsed }),
  );
}
