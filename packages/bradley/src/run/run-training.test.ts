import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LockedError } from '@bradley/formats';
import { askRun, clearControl, createRun, observeRun, readRunConfig } from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatRunConfig } from '../config/format-run-config.js';
import { parseRunConfig } from '../config/load-run-config.js';
import { tables } from '../tables.js';
import { runTraining } from './run-training.js';
import { resumeRun } from './start-run.js';
import { tinyRun, tinyWorkplace } from './tiny-model.test-support.js';
import { loraFile } from './write-result.js';

let base: string;
beforeAll(async () => {
  base = await tinyWorkplace();
});

async function create(output: string, overrides: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const config = tinyRun(base, output, overrides);
  await createRun(config.output, formatRunConfig(config, tables));
  return config.output;
}

const records = async (folder: string): Promise<Record<string, unknown>[]> =>
  (await readFile(join(folder, 'metrics.jsonl'), 'utf8').catch(() => ''))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
const steps = async (folder: string) => (await records(folder)).map(({ step }) => step);
const losses = async (folder: string) => (await records(folder)).map(({ loss }) => loss);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

/** Waits until a run in this process has come so far. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(1);
}
const reached = (folder: string, step: number) => until(async () => (await records(folder)).length >= step);

/** Trains with a stop after every few steps until it is done; returns how often it was stopped. */
async function stopAndGo(folder: string): Promise<number> {
  for (let stops = 0; ; stops++) {
    await clearControl(folder);
    const running = runTraining(folder);
    const made = (await records(folder)).length;
    await Promise.race([reached(folder, made + 2 + stops), running]);
    await askRun(folder, { pause: false, stop: true });
    if ((await running) === 'finished') return stops;
  }
}

describe.each<[string, Record<string, unknown>]>([
  ['accumulation, EMA and AdamW', { 'train.accumulate': 2, 'train.ema.decay': 0.9 }],
  [
    'a caption dropout, a schedule and Adafactor',
    { 'optimizer.name': 'adafactor', 'train.captionDropout': 0.5, 'train.schedule': 'cosine', 'train.warmup': 3 },
  ],
  ['SGD with momentum and MaPO', { 'optimizer.name': 'sgd', 'optimizer.momentum': 0.9, 'objective.name': 'mapo' }],
  ['full fine-tuning', { 'adapter.kind': 'full', 'objective.name': 'sft', 'optimizer.lr': 1e-4 }],
])('a run with %s', (name, overrides) => {
  it('stopped and resumed has the bytes and losses of one that was not', async () => {
    const file = overrides['adapter.kind'] === 'full' ? 'model/unet/diffusion_pytorch_model.safetensors' : loraFile;
    // A checkpoint a step, so that on a slow disk a step takes as long as asking it to stop.
    const settings = { 'train.steps': 12, 'train.checkpointEvery': 1, ...overrides };
    const [whole, parts] = [await create(`whole ${name}`, settings), await create(`parts ${name}`, settings)];
    expect(await runTraining(whole)).toBe('finished');
    expect(await stopAndGo(parts)).toBeGreaterThan(0);
    expect((await readFile(join(parts, file))).equals(await readFile(join(whole, file)))).toBe(true);
    expect(await losses(parts)).toEqual(await losses(whole));
    expect(await steps(parts)).toEqual(upTo(12));
  });
});

describe('a run that is asked', () => {
  it('to pause waits between two steps and goes on when it is asked to', async () => {
    const folder = await create('paused');
    const running = runTraining(folder);
    await reached(folder, 4);
    await askRun(folder, { pause: true, stop: false });
    await until(async () => (await observeRun(folder))?.status === 'paused');
    const paused = await steps(folder);
    await sleep(250);
    expect(await steps(folder)).toEqual(paused);
    expect(paused.length).toBeLessThan(24);
    await askRun(folder, { pause: false, stop: false });
    expect(await running).toBe('finished');
    expect(await steps(folder)).toEqual(upTo(24));
  });

  it('to stop writes a checkpoint of where it is, also out of a pause, and no result', async () => {
    const folder = await create('stopped', { 'train.checkpointEvery': 10_000, 'train.steps': 10_000 });
    const running = runTraining(folder);
    await reached(folder, 2);
    await askRun(folder, { pause: true, stop: false });
    await until(async () => (await observeRun(folder))?.status === 'paused');
    await askRun(folder, { pause: true, stop: true });
    expect(await running).toBe('stopped');
    const made = (await steps(folder)).length;
    expect(await observeRun(folder)).toMatchObject({ status: 'stopped', step: made });
    expect(await readdir(join(folder, 'checkpoints'))).toEqual([`step-${String(made).padStart(6, '0')}`]);
    expect(await readdir(folder)).not.toContain(loraFile);
  });
});

describe('a run folder', () => {
  it('is refused to a second process while one trains in it', async () => {
    const folder = await create('locked', { 'train.steps': 10_000 });
    const running = runTraining(folder);
    await reached(folder, 1);
    await askRun(folder, { pause: true, stop: false });
    await until(async () => (await observeRun(folder))?.status === 'paused');
    const second = runTraining(folder);
    await expect(second).rejects.toThrow(LockedError);
    await expect(second).rejects.toThrow(`held by process ${process.pid}`);
    await expect(resumeRun(folder)).rejects.toThrow(LockedError);
    expect((await observeRun(folder))?.status).toBe('paused'); // and what was asked of it still holds
    await askRun(folder, { pause: false, stop: true });
    expect(await running).toBe('stopped');
  });

  it('keeps a run.yaml that people can read, and that gives the same run', async () => {
    const config = tinyRun(base, 'readable', { 'train.ema.decay': 0.99, 'optimizer.betas': [0.8, 0.9] });
    const folder = await create('readable', { 'train.ema.decay': 0.99, 'optimizer.betas': [0.8, 0.9] });
    const text = await readRunConfig(folder);
    expect(text).toContain('steps: 24 # optimiser steps');
    expect(parseRunConfig(text, 'run.yaml', {}, tables)).toEqual(config);
  });

  it('of a finished run may be opened again, and is finished as it was', async () => {
    const folder = await create('again', { 'train.steps': 3 });
    expect(await runTraining(folder)).toBe('finished');
    const bytes = await readFile(join(folder, loraFile));
    expect(await runTraining(folder)).toBe('finished');
    expect((await readFile(join(folder, loraFile))).equals(bytes)).toBe(true);
    expect(await steps(folder)).toEqual(upTo(3));
  });
});
