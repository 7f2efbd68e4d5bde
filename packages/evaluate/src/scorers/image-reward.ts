import { join } from 'node:path';
import {
  clipColours,
  fromImageReward,
  imageRewardGeometry,
  openCheckpoint,
  type PictureNormalisation,
  pixelValues,
  type Tokenizer,
} from '@bradley/formats';
import {
  type ImageRewardConfig,
  imageRewardConfigSchema,
  imageRewardGraph,
  imageRewardScale,
  openImageReward,
  type Part,
} from '@bradley/models';
import { z } from 'zod';
import type { Scorer } from './scorer.js';
import { findFiles, findTokenizer, readBeside, storedTensors } from './scorer-files.js';
import type { ScorerKind, ScorerOptions } from './scorer-kind.js';
import { identityOf } from './similarity-scorer.js';
import { weightFingerprint } from './weight-fingerprint.js';

const file = 'ImageReward.pt';

/**
 * ImageReward-v1.0. Xu et al. 2023, arXiv:2304.05977; `ImageReward.score`: a BLIP whose text attends to the picture, and a head on
 * its first token, standardised by the mean and the deviation of the authors' data: about −2 to 2.
 */
export const imageReward: ScorerKind = {
  summary: 'ImageReward: a BLIP that learnt from experts; negative is worse than average',
  argument: `folder or file of ${file}, or its hub name`,
  defaultModel: 'THUDM/ImageReward',
  open: async (argument, options) => imageRewardScorer(await openFiles(argument, options), options),
  graph: async (argument, options) =>
    imageRewardGraph((await openFiles(argument, options)).part, { batch: options.graphBatch ?? 1 }),
};

interface ImageRewardFiles {
  readonly part: Part<ImageRewardConfig>;
  readonly tokenizer: Tokenizer;
  readonly pictures: PictureNormalisation;
  readonly fingerprint: string;
}

/** Of med_config.json, what the shapes of the weights do not say. */
const medConfig = z.object({
  num_attention_heads: z.number().int().positive().default(12),
  layer_norm_eps: z.number().positive().default(1e-12),
});

async function openFiles(argument: string, options: ScorerOptions): Promise<ImageRewardFiles> {
  const wanted = {
    kind: 'ImageReward',
    advice: `The repository of the authors has ${file}.`,
    oneOf: [[file, 'med_config.json'], [file]],
  };
  const { path, folder } = await findFiles(argument, wanted, options);
  const weights = path === folder ? join(folder, file) : path;
  const stored = storedTensors(await openCheckpoint(weights));
  const geometry = about(weights, () => imageRewardGeometry(stored));
  const med = await readBeside(join(folder, 'med_config.json'), medConfig);
  const config = imageRewardConfigSchema.parse({
    ...geometry,
    text: { ...geometry.text, ...(med ?? medConfig.parse({})) },
  });
  return {
    part: { path: weights, config, tensors: fromImageReward(stored) },
    tokenizer: await findTokenizer(folder, 'google-bert/bert-base-uncased', options, '[PAD]'),
    pictures: { size: config.vision.image_size, resize: 'pillow', crop: 'even', ...clipColours },
    fingerprint: await weightFingerprint([weights]),
  };
}

function about<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new Error(`${path}: ${(cause as Error).message}. Check that it is ${file}.`, { cause });
  }
}

async function imageRewardScorer(
  { part, tokenizer, pictures, fingerprint }: ImageRewardFiles,
  { device, threads, batch = 8, onProgress }: ScorerOptions,
): Promise<Scorer> {
  const session = openImageReward(part, {
    batch,
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
  });
  const { mean, deviation } = imageRewardScale;
  return {
    name: 'image-reward',
    identity: identityOf(['image-reward', 1, fingerprint, part.config, pictures]),
    weights: fingerprint,
    readsPrompt: true,
    learntFrom: null,
    async score(items) {
      const scores = new Float64Array(items.length);
      for (let start = 0; start < items.length; start += batch) {
        const these = items.slice(start, start + batch);
        const images = await session.encodeImages(these.map(({ image }) => pixelValues(image, pictures)));
        const pairs = these.map(({ prompt }, i) => {
          const text = { maxLength: session.textLength, padding: 'max', truncation: true } as const;
          const { ids, attentionMask } = tokenizer.encode(prompt, text);
          return { inputIds: ids, attentionMask, states: images[i] as Float32Array };
        });
        for (const [i, reward] of (await session.rewards(pairs)).entries())
          scores[start + i] = (reward - mean) / deviation;
        onProgress?.(start + these.length, items.length);
      }
      return scores;
    },
    release: () => session.release(),
  };
}
