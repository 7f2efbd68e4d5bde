import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '@bradley/formats';
import { promptKey } from '@bradley/preferences';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scorerAgreement } from '../looks/agreement.js';
import { lookUtility } from '../looks/look-taste.js';
import { type EmojiName, readEmojiNames } from '../names.js';
import { judgeConfigSchema } from './judge-network.js';
import { openJudge } from './open-judge.js';
import { judgeRecipe, trainJudge } from './train-judge.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'judge-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Comparisons of flat colours by the persona's rule. */
async function writeColours(file: string, names: readonly EmojiName[]): Promise<string> {
  const at = join(folder, file);
  await mkdir(join(at, 'media'), { recursive: true });
  const lines: string[] = [];
  for (const [i, { name, category }] of names.entries()) {
    const images = [0, 1].map((side) => {
      const [red, green, blue] = createHash('sha256').update(`${name} ${side}`).digest();
      const data = Uint8Array.from({ length: 3 * 64 * 64 }, (_, k) => [red, green, blue][k % 3] as number);
      return { width: 64, height: 64, data };
    });
    const candidates = await Promise.all(
      images.map(async ({ data }) => {
        const png = await encodePng(data, 64, 64);
        const media = createHash('sha256').update(png).digest('hex');
        await writeFile(join(at, 'media', `${media}.png`), png);
        return { media };
      }),
    );
    const [a = 0, b = 0] = images.map((image) => lookUtility(category, image));
    const record = {
      id: `${i}`,
      prompt: name,
      candidates,
      outcome: { kind: 'winner', index: a > b ? 0 : 1 },
      rater: 'rule',
    };
    lines.push(`${JSON.stringify(record)}\n`);
  }
  const path = join(at, 'comparisons.jsonl');
  await writeFile(path, lines.join(''));
  return path;
}

it('learns a taste that depends on the prompt, and says of whom it learnt', async () => {
  const names = await readEmojiNames();
  const taught = names.filter(({ split }) => split === 'train');
  const comparisons = await writeColours('taught', taught);
  const config = judgeConfigSchema.parse({ channels: [8, 8], hidden_channels: 16, word_channels: 16 });
  const train = { ...judgeRecipe.train, steps: 200, batch: 16, learningRate: 0.006, checkpointEvery: 60 };
  const output = join(folder, 'written');
  const training = { comparisons, runs: join(folder, 'runs'), output, threads: 1 };
  expect(await trainJudge({ ...training, recipe: { ...judgeRecipe, config, train } })).toBe(true);
  const judge = await openJudge(output, { threads: 1 });
  const { share } = await scorerAgreement(
    judge,
    await writeColours(
      'heldout',
      names.filter(({ split }) => split === 'heldout'),
    ),
  );
  await judge.release();
  expect(share).toBeGreaterThan(0.75); // not reading the prompt: two in three
  expect(judge.learntFrom?.raters).toEqual(['rule']);
  expect(judge.learntFrom?.prompts).toContain(promptKey(taught[0]?.name ?? ''));
});
