import { copyFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RgbImage } from '@bradley/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openScorer } from './open-scorer.js';
import type { Scorable } from './scorer.js';

const fixtures = fileURLToPath(new URL('../../../../fixtures/scorers/', import.meta.url));
const { sizes, prompts, scores } = JSON.parse(await readFile(join(fixtures, 'expected.json'), 'utf8')) as {
  sizes: [number, number][];
  prompts: string[];
  scores: Record<string, number[]>;
};

/** The formula of the fixture. */
function picture([width, height]: [number, number]): RgbImage {
  const value = (x: number, y: number, c: number): number =>
    (x * x * 3 + y * 7 * (c + 1) + x * y * (c + 2) + 31 * ((x * 13) ^ (y * 7))) & 255;
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return value(pixel % width, Math.floor(pixel / width), i % 3);
  });
  return { width, height, data };
}

const items = sizes.map((size, i): Scorable => ({ prompt: prompts[i] as string, image: picture(size) }));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scorers-'));
  await cp(fixtures, folder, { recursive: true });
  for (const name of ['vocab.json', 'merges.txt', 'tokenizer_config.json'])
    await copyFile(join(fixtures, 'clip', name), join(folder, 'hps', name));
  await copyFile(join(folder, 'hps', 'HPS_v2_compressed.pt'), join(folder, 'hps', 'HPS_v2.1_compressed.pt'));
});
afterAll(() => rm(folder, { recursive: true }));

const inFolder = (spec: string): string => spec.replace(':', () => `:${folder}/`);

/** Weights are random, of 16 bits; scores of embeddings in float32, whose order of sums differs. */
const tolerances: Record<string, number> = {
  clip: 2e-4,
  pickscore: 2e-5,
  hps: 2e-6,
  aesthetic: 1e-6,
  'image-reward': 1e-5,
};

describe.each([
  ['clip', 'clip:clip', true],
  ['pickscore', 'pickscore:clip', true],
  ['hps', 'hps:hps', true],
  ['hps', 'hps-v2.1:hps', true],
  ['hps', 'hps:hps/HPS_v2_compressed.pt', true],
  ['aesthetic', 'aesthetic:clip', false],
  ['aesthetic', 'aesthetic:clip/aesthetic-model.pth', false],
  ['image-reward', 'image-reward:image-reward', true],
  ['image-reward', 'image-reward:image-reward/ImageReward.pt', true],
] as const)('%s from %s', (name, spec, readsPrompt) => {
  it("gives the reference's scores", async () => {
    const done: number[] = [];
    const scorer = await openScorer(inFolder(spec), { threads: 1, batch: 2, onProgress: (count) => done.push(count) });
    const found = await scorer.score(items);
    const again = await scorer.score([...items].reverse());
    await scorer.release();
    expect(scorer).toMatchObject({ name: spec.slice(0, spec.indexOf(':')), readsPrompt, learntFrom: null });
    expect(done).toEqual([2, 3, 2, 3]);
    const want = scores[name] as number[];
    for (const [i, score] of found.entries()) {
      expect(Math.abs(score - (want[i] as number))).toBeLessThan(tolerances[name] as number);
      expect(Math.abs((again[2 - i] as number) - score)).toBeLessThan(tolerances[name] as number);
    }
  });
});

it('is the same scorer wherever its files lie, and another for another name or other weights', async () => {
  const identities = await Promise.all(
    ['clip:clip', 'pickscore:clip', 'hps:hps', 'hps-v2.1:hps', 'aesthetic:clip', 'image-reward:image-reward'].map(
      async (spec) => (await openScorer(inFolder(spec))).identity,
    ),
  );
  expect(new Set(identities).size).toBe(identities.length);
  for (const identity of identities) expect(identity).toMatch(/^[0-9a-f]{64}$/);
  expect((await openScorer(`clip:${join(fixtures, 'clip')}`)).identity).toBe(identities[0]);
});

it('says what a folder has instead of a model', async () => {
  await expect(openScorer(`hps:${join(folder, 'image-reward')}`)).rejects.toThrow(
    /neither the config\.json of a CLIPModel nor HPS_v2_compressed\.pt in it/,
  );
  await expect(openScorer(`hps:${join(folder, 'image-reward', 'ImageReward.pt')}`)).rejects.toThrow(
    /it is no CLIP as open_clip names its tensors: the first of \d+ are blip\./,
  );
  await expect(openScorer(`image-reward:${join(folder, 'hps', 'HPS_v2_compressed.pt')}`)).rejects.toThrow(
    /HPS_v2_compressed\.pt: there is no blip\.visual_encoder\.patch_embed\.proj\.weight: it is no checkpoint of ImageReward/,
  );
  await expect(openScorer(`aesthetic:${join(folder, 'hps')}`)).rejects.toThrow(/there is no sac\+logos/);
  await expect(openScorer('clip:no/such folder')).rejects.toThrow(/there is no such file or folder/);
});
