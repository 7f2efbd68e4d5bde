import { access, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { askRun, readControl } from './control.js';
import { appendMetrics } from './metrics.js';
import { observeRun } from './observe.js';
import {
  closeRun,
  createRun,
  type OpenRun,
  openRun,
  readRunConfig,
  runCheckpoints,
  saveCheckpoint,
} from './run-folder.js';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'run-')), 'a', 'run');
});

const config = 'train:\n  steps: 10\n';
const save = (run: OpenRun, step: number, score: number | null = null) =>
  saveCheckpoint(run, step, { keep: 2, score, write: (part) => writeFile(join(part, 'x'), `${step}`) });
const steps = async () =>
  (await readFile(join(folder, 'metrics.jsonl'), 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).step);

describe('a new run', () => {
  it('is a folder with its run.yaml and nothing else', async () => {
    await createRun(folder, config);
    expect(await readRunConfig(folder)).toBe(config);
    expect(await observeRun(folder)).toBeNull();
  });

  it('does not overwrite another run, and says how far that one is', async () => {
    await createRun(folder, config);
    await expect(createRun(folder, 'other')).rejects.toThrow(/another run in this folder \(not started\)/);
    const run = await openRun(folder, 10);
    await save(run, 4);
    await closeRun(run, { status: 'stopped' });
    await expect(createRun(folder, 'other')).rejects.toThrow(/another run in this folder \(stopped at step 4\)/);
    expect(await readRunConfig(folder)).toBe(config);
  });

  it('takes over the folder of a run that failed before its first step', async () => {
    await createRun(folder, config);
    const failed = await openRun(folder, 10);
    await appendMetrics(failed.metrics, { step: 0, message: 'kept: all' });
    await closeRun(failed, { status: 'failed', error: 'no layer is called nosuch' });
    await createRun(folder, 'corrected');
    expect(await readRunConfig(folder)).toBe('corrected');
    expect(await observeRun(folder)).toBeNull();
    const run = await openRun(folder, 10);
    expect(run.state.attempt).toBe(1);
    await closeRun(run, { status: 'finished' });
  });

  it('leaves one that failed after it, or that holds more than a run writes', async () => {
    await createRun(folder, config);
    const trained = await openRun(folder, 10);
    await appendMetrics(trained.metrics, { step: 1, loss: 1 });
    await closeRun(trained, { status: 'failed', error: 'the loss is not a number' });
    await expect(createRun(folder, 'other')).rejects.toThrow('another run in this folder');

    const mixed = join(folder, '..', 'mixed');
    await createRun(mixed, config);
    await closeRun(await openRun(mixed, 10), { status: 'failed', error: 'no layer is called nosuch' });
    await writeFile(join(mixed, 'notes.txt'), 'mine');
    await expect(createRun(mixed, 'other')).rejects.toThrow('another run in this folder');
    expect(await readRunConfig(mixed)).toBe(config);
  });

  it('does not move into a folder of other things', async () => {
    await createRun(folder, config);
    await expect(createRun(join(folder, '..'), config)).rejects.toThrow(
      'needs an empty folder, and this one holds run',
    );
  });

  it('is asked for by its path when there is none', async () => {
    await expect(openRun(folder, 10)).rejects.toThrow(`${folder}: not a run folder, it has no run.yaml.`);
  });
});

describe('an open run', () => {
  beforeEach(() => createRun(folder, config));

  it('is held by one process', async () => {
    const run = await openRun(folder, 10);
    await expect(openRun(folder, 10)).rejects.toThrow(`held by process ${process.pid}`);
    await closeRun(run, { status: 'finished' });
    await closeRun(await openRun(folder, 10), { status: 'finished' });
  });

  it('goes on from its newest checkpoint, with the metrics up to there', async () => {
    const first = await openRun(folder, 10);
    expect(first.resume).toBeNull();
    for (const step of [1, 2, 3, 4, 5]) {
      await appendMetrics(first.metrics, { step, loss: 1 });
      if (step % 2 === 0) await save(first, step, -step);
    }
    await closeRun(first, { status: 'failed', error: 'the loss is not a number' });
    expect(await observeRun(folder)).toMatchObject({ status: 'failed', error: 'the loss is not a number', step: 4 });

    const second = await openRun(folder, 10);
    expect(second.resume?.name).toBe('step-000004');
    expect(second.state).toMatchObject({ status: 'running', step: 4, resumedFrom: 4, attempt: 2, error: null });
    expect(second.state).toMatchObject({ lastCheckpoint: 'step-000004', bestCheckpoint: 'step-000002' });
    expect(await steps()).toEqual([1, 2, 3, 4]);
    await closeRun(second, { status: 'finished' });
  });

  it('starts afresh, record and all, when it has no checkpoint yet', async () => {
    const first = await openRun(folder, 10);
    await appendMetrics(first.metrics, { step: 0 });
    await appendMetrics(first.metrics, { step: 1 });
    await closeRun(first, { status: 'stopped' });
    const second = await openRun(folder, 10);
    expect(await steps()).toEqual([]);
    await closeRun(second, { status: 'stopped' });
  });

  it('says which newer checkpoints it could not use', async () => {
    const first = await openRun(folder, 10);
    await save(first, 1);
    await save(first, 2);
    await closeRun(first, { status: 'stopped' });
    await writeFile(join(folder, 'checkpoints/step-000002/x'), '?');
    const second = await openRun(folder, 10);
    expect(second.resume?.name).toBe('step-000001');
    expect(second.damaged.map(({ path }) => path)).toEqual([join(folder, 'checkpoints/step-000002.damaged')]);
    expect((await runCheckpoints(folder)).all.map(({ name }) => name)).toEqual(['step-000001']);
    await closeRun(second, { status: 'stopped' });
  });

  it('keeps the checkpoint of a step that is saved again, as when it is stopped right after', async () => {
    const run = await openRun(folder, 10);
    const first = await save(run, 1, 0.5);
    expect(await save(run, 1)).toEqual(first);
    await closeRun(run, { status: 'stopped' });
  });

  it('removes what writes left behind that were cut off', async () => {
    const left = join(folder, '.state.json.1234.tmp');
    await writeFile(left, '{');
    await closeRun(await openRun(folder, 10), { status: 'stopped' });
    await expect(access(left)).rejects.toThrow();
  });
});

describe('control.json', () => {
  beforeEach(() => createRun(folder, config));

  it('asks nothing when it is not there, and is read as it was written', async () => {
    expect(await readControl(folder)).toEqual({ pause: false, stop: false });
    await askRun(folder, { pause: true, stop: false });
    expect(await readControl(folder)).toEqual({ pause: true, stop: false });
  });

  it('may be half-saved for a moment, but not for long', async () => {
    await writeFile(join(folder, 'control.json'), '{"stop": tr');
    setTimeout(() => writeFile(join(folder, 'control.json'), '{"stop": true}'), 150);
    expect(await readControl(folder)).toEqual({ pause: false, stop: true });
    await writeFile(join(folder, 'control.json'), '{"stpo": true}');
    await expect(readControl(folder)).rejects.toThrow(/control\.json.*stpo/);
  });
});
