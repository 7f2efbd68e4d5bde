import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { tinyRun, tinyWorkplace } from '../tiny-model.test-support.js';
import { dryRun } from './dry-run.js';
import { formatDuration, formatNeeds } from './format-dry-run.js';

// Child processes run from dist.
const { timeRun } = (await import(
  new URL('../../../dist/run/needs/dry-run.js', import.meta.url).href
)) as typeof import('./dry-run.js');

let base: string;
/** What stands for the folder of temporary files: in the system's, others may come and go. */
let temporary: string;
beforeAll(async () => {
  base = await tinyWorkplace();
  temporary = join(base, 'temporary');
  await mkdir(temporary);
  vi.stubEnv('TMPDIR', temporary);
});
afterAll(() => vi.unstubAllEnvs());
/** ONNX Runtime leaves a log of its own there. */
const ours = async () => (await readdir(temporary)).filter((name) => name.startsWith('bradley'));

it('says what a run takes and how long, and leaves nothing behind', async () => {
  const before = [await readdir(base), await ours()];
  const { check, ...found } = await dryRun(tinyRun(base, 'never'));
  await check();
  const time = await timeRun(found.config, found.counts);
  expect(time.passSeconds).toHaveLength(3);
  expect(time.totalSeconds).toBeCloseTo(time.loadSeconds + 24 * time.secondsPerStep, 6);
  expect(formatNeeds(found)).toMatch(/^Peak +\d+ MB {2}while /m);
  expect(formatDuration(time, found)).toMatch(/24 steps: \d+ s/);
  expect([await readdir(base), await ours()]).toEqual(before);
});

it('times a full run on fixed draws, whose references it makes up', async () => {
  const { config, counts } = await dryRun(tinyRun(base, 'never', { 'adapter.kind': 'full', 'train.noiseDraws': 2 }));
  const { peak, secondsPerStep } = await timeRun(config, counts);
  expect(secondsPerStep).toBeGreaterThan(0);
  expect(peak).toBeGreaterThan(100e6);
});
