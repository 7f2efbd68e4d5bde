import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DiffusionModel, openDiffusionModel } from '@bradley/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseRunConfig } from '../../config/load-run-config.js';
import { tables } from '../../tables.js';
import { diskNeeds } from './disk-needs.js';
import { writeHollowModel } from './hollow-model.test-support.js';
import { requireMemory } from './require-memory.js';
import { runNeeds } from './run-needs.js';

let folder: string;
let model: DiffusionModel;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hollow-'));
  await writeHollowModel(folder);
  model = await openDiffusionModel(folder);
});
const counts = { groups: 100, sides: 2, pictures: 200, prompts: 50, softLabels: false };
const config = (set: Readonly<Record<string, unknown>>) =>
  parseRunConfig(
    JSON.stringify({
      model: folder,
      data: { path: 'choices.jsonl' },
      objective: { name: 'diffusion-dpo' },
      train: { steps: 10 },
      output: 'run',
    }),
    'the run',
    set,
    tables,
  );
const attempt = async (set: Readonly<Record<string, unknown>>, bytes: number) => {
  const asked = config(set);
  return requireMemory(asked, model, counts, await runNeeds(asked, model, counts), { bytes, by: 'as the test says' });
};

describe('a run of Stable Diffusion 1.5', () => {
  it('is refused where all of it is to be trained in 23 GB, with what would fit', async () => {
    const message = await attempt({ 'adapter.kind': 'full' }, 23e9).catch((error: Error) => error.message);
    const [wouldFit, wouldNot] = String(message).split('Would not fit either:');
    expect(message).toMatch(/^This run needs 2\d\.\d\d GB of memory, most of it while training, and 23\.00 GB are/);
    expect(wouldFit).toMatch(/Would fit:\n.*GB {2}--adapter\.kind lora\n/);
    expect(wouldNot).toMatch(/GB {2}--train\.recompute\n/);
    expect(message).toContain('--train.ignore-memory');
  });

  it('fits into 5 GB as a LoRA that recomputes, and into 2.5 with frozen weights of 8 bits', async () => {
    await expect(attempt({ 'train.recompute': true }, 5e9)).resolves.toBeUndefined();
    await expect(attempt({ 'train.recompute': true }, 2.5e9)).rejects.toThrow('--train.frozen-weights int8');
    await expect(attempt({ 'train.recompute': true, 'train.frozenWeights': 'int8' }, 2.5e9)).resolves.toBeUndefined();
  });

  it('goes ahead all the same where the config says so', async () => {
    await expect(attempt({ 'adapter.kind': 'full', 'train.ignoreMemory': true }, 1e9)).resolves.toBeUndefined();
  });

  it('is estimated in less than three seconds', async () => {
    const { user: before } = process.cpuUsage();
    const { trainable, parameters } = await runNeeds(config({ 'validate.every': 5 }), model, counts);
    expect((process.cpuUsage().user - before) / 1e6).toBeLessThan(3);
    expect([trainable, parameters]).toEqual([797_184 * 2, 859_520_964]);
  });
});

it('keeps checkpoints with the state of the optimiser on disk, and copies what is not trained', () => {
  const full = config({ 'adapter.kind': 'full', 'train.checkpointEvery': 1, 'train.keep': 2 });
  const [checkpoints, result] = diskNeeds(full, model, counts).folder;
  expect(checkpoints?.bytes).toBe(3 * 3 * 4 * 859_520_964);
  expect(result?.bytes).toBe(4 * (859_520_964 + 83_653_863 + 123_060_480));
});

it('counts rounded weights in the cache', () => {
  const [encoded, rounded] = diskNeeds(config({ 'train.frozenWeights': 'float16' }), model, counts).cache;
  // The tokenizer that stands in has 12 tokens.
  expect(encoded?.bytes).toBe(4 * (200 * 2 * 4 * 64 * 64 + 51 * 12 * 768));
  expect(rounded?.bytes).toBeGreaterThan(1.65e9);
  expect(rounded?.bytes).toBeLessThan(2 * 859_520_964);
});
