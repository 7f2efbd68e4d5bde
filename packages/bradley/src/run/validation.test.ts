import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage } from '@bradley/formats';
import { askRun, clearControl, createRun, observeRun } from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatRunConfig } from '../config/format-run-config.js';
import { tables } from '../tables.js';
import { runTraining } from './run-training.js';
import { tinyRun, tinyWorkplace } from './tiny-model.test-support.js';

let base: string;
beforeAll(async () => {
  base = await tinyWorkplace();
});

async function create(output: string, overrides: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const config = tinyRun(base, output, {
    'data.heldOut': 0.4,
    'train.steps': 8,
    'validate.every': 4,
    'validate.steps': 2,
    ...overrides,
  });
  await createRun(config.output, formatRunConfig(config, tables));
  return config.output;
}

/** The records of validations. */
const validations = async (folder: string) =>
  (await readFile(join(folder, 'metrics.jsonl'), 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((record) => 'heldOutAccuracy' in record);

describe('a run that is validated', () => {
  it('has at its own steps the accuracy on held-out prompts with its count, and pictures; the last checkpoint has the score', async () => {
    const folder = await create('validated');
    expect(await runTraining(folder)).toBe('finished');
    const records = await validations(folder);
    expect(records.map(({ step }) => step)).toEqual([4, 8]); // checkpoints fall on 3, 6 and 8
    for (const { heldOutAccuracy, heldOutPairs } of records) {
      expect(heldOutPairs).toBeGreaterThan(0);
      expect(Number(heldOutAccuracy) * Number(heldOutPairs)).toBeCloseTo(
        Math.round(Number(heldOutAccuracy) * Number(heldOutPairs)),
        9,
      );
    }
    expect((await readdir(join(folder, 'validation'))).sort()).toEqual(['step-000004.png', 'step-000008.png']);
    expect((await decodeImage(join(folder, 'validation/step-000008.png'))).width).toBeGreaterThanOrEqual(16);
    expect(await observeRun(folder)).toMatchObject({ bestCheckpoint: 'step-000008' });
  });

  it('that is stopped and resumed has the same validations', async () => {
    const folder = await create('resumed', { 'validate.every': 1, 'train.steps': 5 });
    await askRun(folder, { pause: false, stop: true });
    for (let rounds = 0; (await runTraining(folder)) === 'stopped'; rounds++) {
      expect(rounds).toBeLessThan(3);
      await clearControl(folder);
    }
    const whole = await create('whole', { 'validate.every': 1, 'train.steps': 5 });
    await runTraining(whole);
    expect(await validations(folder)).toEqual(await validations(whole));
    expect(await validations(folder)).toHaveLength(5);
  });

  it('samples the prompts that it is given, a row of seeds each', async () => {
    const folder = await create('prompts', {
      'validate.prompts': ['cat', 'bear'],
      'validate.seeds': [0, 1, 2],
      'train.steps': 1,
    });
    await runTraining(folder);
    const { width, height } = await decodeImage(join(folder, 'validation/step-000001.png'));
    expect(width).toBeGreaterThan(height);
  });
});
