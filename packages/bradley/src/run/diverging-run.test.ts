import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRun, GuardError, observeRun } from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatRunConfig } from '../config/format-run-config.js';
import { tables } from '../tables.js';
import { runTraining } from './run-training.js';
import { tinyRun, tinyWorkplace } from './tiny-model.test-support.js';
import { loraFile } from './write-result.js';

let base: string;
beforeAll(async () => {
  base = await tinyWorkplace();
});

async function create(output: string, overrides: Readonly<Record<string, unknown>>): Promise<string> {
  const config = tinyRun(base, output, overrides);
  await createRun(config.output, formatRunConfig(config, tables));
  return config.output;
}

const records = async (folder: string): Promise<Record<string, unknown>[]> =>
  (await readFile(join(folder, 'metrics.jsonl'), 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe.each([
  ['a LoRA', {}],
  ['the whole UNet', { 'adapter.kind': 'full', 'objective.name': 'sft' }],
])('a run of %s at an absurd learning rate', (name, overrides) => {
  it('stops at the last good checkpoint and says what to change, and goes on when that is done', async () => {
    const folder = await create(name, {
      'train.steps': 8,
      'train.checkpointEvery': 1,
      'optimizer.lr': 1e6,
      ...overrides,
    });
    await expect(runTraining(folder)).rejects.toThrow(GuardError);
    const state = await observeRun(folder);
    expect(state?.status).toBe('failed');
    expect(state?.error).toMatch(
      /^step \d: the (loss|gradient|error) .* Lower optimizer\.lr in run\.yaml .*last checkpoint/,
    );
    expect(state?.error).toContain(folder);
    expect(await readdir(folder)).not.toContain(loraFile);
    const failedAt = Number(/^step (\d)/.exec(state?.error ?? '')?.[1]);
    expect((await records(folder)).map(({ step }) => step)).toEqual(
      Array.from({ length: failedAt - 1 }, (_, i) => i + 1),
    );
    // What step n − 1 made gave no good loss at step n; what step n − 2 made did.
    expect(state?.lastCheckpoint).toBe(failedAt > 2 ? `step-00000${failedAt - 2}` : null);

    const yaml = join(folder, 'run.yaml');
    await writeFile(yaml, (await readFile(yaml, 'utf8')).replace('lr: 1000000', 'lr: 0.0001'));
    expect(await runTraining(folder)).toBe('finished');
    expect((await records(folder)).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe('a run that makes its winners less likely', () => {
  /** Trained on nothing but noise, at a rate at which a LoRA harms both sides. */
  const harmful = { 'optimizer.lr': 0.03, 'train.steps': 70, 'train.batch': 1, 'train.checkpointEvery': 100 };
  const guard = (winnerLikelihood: string) => ({
    ...harmful,
    'train.guards.winnerLikelihood': winnerLikelihood,
    'train.guards.maxLoss': 1e9,
  });

  it('warns once in its record, and goes on', async () => {
    const folder = await create('warn', guard('warn'));
    expect(await runTraining(folder)).toBe('finished');
    const warnings = (await records(folder)).flatMap(({ step, warning }) => (warning ? [{ step, warning }] : []));
    expect(warnings).toEqual([
      { step: expect.any(Number), warning: expect.stringContaining('the chosen pictures have become less likely') },
    ]);
    expect(warnings[0]?.step).toBeGreaterThanOrEqual(50);
    expect(await records(folder)).toHaveLength(70);
  });

  it('stops when it is told to, with what to change', async () => {
    const folder = await create('stop', guard('stop'));
    await expect(runTraining(folder)).rejects.toThrow(/step \d+: the chosen pictures .* set objective\.anchor to 1/);
    expect((await observeRun(folder))?.status).toBe('failed');
  });
});

it('stops above the loss that it is given', async () => {
  const folder = await create('bounded', { 'train.guards.maxLoss': 0.1 });
  await expect(runTraining(folder)).rejects.toThrow('step 1: the loss is 0.693, above 0.100');
});
