import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { clipScorerGraph, type GraphOptions, type Scorer, weightFingerprint } from '@bradley/evaluate';
import { toModelRange } from '@bradley/formats';
import type { Graph } from '@bradley/graph';
import { clipConfigSchema, openPart } from '@bradley/models';
import { learntFromSchema } from '@bradley/preferences';
import type { SessionOptions } from '@bradley/runtime';
import { openEmojiClip } from '../clip/open-emoji-clip.js';
import { labellingScorerFolder } from '../looks/folders.js';
import { imageSize } from '../render.js';

/** Opens what `trainLabellingScorer` wrote, as a scorer: the cosine of prompt and picture. One that does not ship is called as its folder. */
export async function openLabellingScorer(
  folder = labellingScorerFolder,
  options: SessionOptions = {},
): Promise<Scorer> {
  const towers = await openEmojiClip(folder, options);
  const reward = JSON.parse(await readFile(join(folder, 'reward.json'), 'utf8')) as { learntFrom: unknown };
  const weights = await readFile(join(folder, 'model.safetensors'));
  return {
    name: resolve(folder) === resolve(labellingScorerFolder) ? 'emoji-labelling' : basename(resolve(folder)),
    identity: createHash('sha256').update('cosine').update(weights).digest('hex'),
    weights: await weightFingerprint([join(folder, 'model.safetensors')]),
    readsPrompt: true,
    learntFrom: learntFromSchema.parse(reward.learntFrom),
    async score(items) {
      const texts = await towers.embedPrompts(items.map(({ prompt }) => prompt));
      const pictures = await Promise.all(items.map(async ({ image }) => (await toModelRange(image, imageSize)).data));
      const images = await towers.embedPictures(pictures);
      return Float64Array.from(images, (image, i) => dot(image, texts[i] as Float32Array));
    },
    release: () => towers.release(),
  };
}

/** Its network, to be written as ONNX: pictures in [−1, 1], prompts padded to its length. */
export async function labellingScorerGraph(options: GraphOptions, folder = labellingScorerFolder): Promise<Graph> {
  return clipScorerGraph(await openPart(folder, clipConfigSchema), 1, options);
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
