import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng, readEventFile } from '@bradley/formats';
import { beforeEach, describe, expect, it } from 'vitest';
import { appendMetrics } from './metrics.js';
import { closeRun, createRun, type OpenRun, openRun, saveCheckpoint } from './run-folder.js';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'events-')), 'run');
  await createRun(folder, '');
});

const at = (step: number) => new Date(Date.UTC(2026, 0, 1) + 1000 * step).toISOString();
const train = (run: OpenRun, step: number, loss: number) => appendMetrics(run.metrics, { step, loss, at: at(step) });
const checkpoint = (run: OpenRun, step: number) =>
  saveCheckpoint(run, step, { keep: 2, write: (part) => writeFile(join(part, 'x'), '') });
/** Ends as a killed process does: without a word. */
const abandon = (run: OpenRun) => closeRun(run, { status: 'stopped' });

async function events() {
  const names = await readdir(join(folder, 'tensorboard'));
  expect(names).toEqual([expect.stringMatching(/^events\.out\.tfevents\.\d{10}\.\d+$/)]);
  return readEventFile(await readFile(join(folder, 'tensorboard', names[0] as string)));
}
const seen = async () =>
  (await events()).flatMap(({ step, scalars, images }) =>
    [...Object.entries(scalars), ...Object.keys(images).map((tag) => [tag, 'picture'])].map((entry) => [
      step,
      ...entry,
    ]),
  );

describe('the event file of a run', () => {
  it('has what metrics.jsonl has in numbers, as it is written', async () => {
    const run = await openRun(folder, 9);
    await appendMetrics(run.metrics, { step: 0, message: 'two rows were refused' });
    await appendMetrics(run.metrics, { step: 0, heldOutAccuracy: 0.5 });
    await train(run, 1, 0.75);
    await appendMetrics(run.metrics, { step: 2, loss: Number.NaN, at: at(2) });
    expect(await seen()).toEqual([
      [0, 'validation/heldOutAccuracy', 0.5],
      [1, 'train/loss', 0.75],
    ]);
    expect((await events()).at(-1)?.wallTime).toBe(Date.parse(at(1)) / 1000);
    await abandon(run);
  });

  it('of a run that resumed has every step once, with the values that count, and the times they had', async () => {
    const run = await openRun(folder, 9);
    for (const step of [1, 2, 3, 4]) {
      await train(run, step, step / 8);
      if (step === 2) await checkpoint(run, 2);
    }
    const grid = async (step: string) =>
      writeFile(join(folder, 'validation', `step-${step}.png`), await encodePng(new Uint8Array(3), 1, 1));
    await mkdir(join(folder, 'validation'));
    for (const step of ['000000', '000002', '000004']) await grid(step);
    await abandon(run);

    const resumed = await openRun(folder, 9);
    await train(resumed, 3, 30);
    const expected = [
      [0, 'validation/pictures', 'picture'],
      [1, 'train/loss', 0.125],
      [2, 'train/loss', 0.25],
      [2, 'validation/pictures', 'picture'],
      [3, 'train/loss', 30],
    ];
    expect(await seen()).toEqual(expected);
    const all = await events();
    expect(all.filter(({ start }) => start)).toHaveLength(1); // upon which TensorBoard forgets the attempt before
    expect(all.map(({ wallTime }) => wallTime)).toEqual(all.map(({ wallTime }) => wallTime).sort((a, b) => a - b));
    await abandon(resumed);
  });

  it('of a run that begins again is empty', async () => {
    const run = await openRun(folder, 9);
    await train(run, 1, 1);
    await abandon(run);
    const again = await openRun(folder, 9);
    expect(await seen()).toEqual([]);
    await abandon(again);
  });
});
