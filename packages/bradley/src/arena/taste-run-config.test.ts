import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRun, observeRun } from '@bradley/train';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { formatRunConfig } from '../config/format-run-config.js';
import { emojiFolder } from '../emoji/names.js';
import { runTraining } from '../run/run-training.js';
import { loraFile } from '../run/write-result.js';
import { tables } from '../tables.js';
import { openDrawer } from './drawing/open-drawer.js';
import { planPair } from './plan-pair.js';
import { tasteRunConfig, tasteStrength } from './taste-run-config.js';

describe('the training of a taste', () => {
  it('trains more of the model when there are many choices', () => {
    const { adapter: few } = tasteRunConfig({ data: 'd', output: 'o', choices: 30, carryOver: 0 });
    const { adapter: many } = tasteRunConfig({ data: 'd', output: 'o', choices: 30, carryOver: 70 });
    const count = (of: typeof few) => (of.kind === 'lora' ? of.targets.length : 0);
    expect(count(many)).toBeGreaterThan(count(few));
  });

  it('trains on choices between drawn pairs as a snapshot holds them, and its LoRA changes what is drawn', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'taste-'));
    vi.stubEnv('BRADLEY_CACHE', join(folder, 'cache'));
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const drawer = await openDrawer(emojiFolder, { threads: 1 });
    onTestFinished(() => drawer.close());
    await mkdir(join(folder, 'media'));
    const quick = { steps: 3, guidance: 3 };
    const lines: string[] = [];
    for (const [seed, prompt] of ['cat', 'star', 'rose'].entries()) {
      const drawn: Uint8Array[] = [];
      const request = { prompts: [prompt, prompt], seeds: [seed, seed], looks: planPair(prompt, seed).looks, ...quick };
      await drawer.draw(request, ({ png }) => drawn.push(png));
      const candidates: object[] = [];
      for (const png of drawn) {
        const media = createHash('sha256').update(png).digest('hex');
        await writeFile(join(folder, 'media', `${media}.png`), png);
        candidates.push({ media, model: 'emoji', seed });
      }
      lines.push(JSON.stringify({ id: `${seed}`, prompt, candidates, outcome: { kind: 'winner', index: 1 } }));
    }
    const data = join(folder, 'comparisons.jsonl');
    await writeFile(data, `${lines.join('\n')}\n`);
    const config = tasteRunConfig({ data, output: join(folder, 'run'), choices: 3, carryOver: 0, threads: 1 });
    const short = { ...config, train: { ...config.train, steps: 2, batch: 3, warmup: 0 } };
    await createRun(short.output, formatRunConfig(short, tables));
    expect(await runTraining(short.output)).toBe('finished');
    expect((await observeRun(short.output))?.status).toBe('finished');

    const drawn: string[] = [];
    for (const adapter of [null, join(short.output, loraFile)]) {
      const request = { prompts: ['owl'], seeds: [3], adapter, strength: tasteStrength, ...quick };
      await drawer.draw(request, ({ png }) => drawn.push(createHash('sha256').update(png).digest('hex')));
    }
    expect(new Set(drawn).size).toBe(2);
  });
});
