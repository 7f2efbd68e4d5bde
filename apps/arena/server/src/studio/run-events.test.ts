import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { closeRun, openRun } from '@bradley/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knowsTheEnd, type RunMessage, runMessages } from './run-events.js';
import { beginRun, checkpoint, finishedRun, runsFolder, trainTo } from './run-folders.test-support.js';
import { openRuns } from './runs.js';

let folder: string;
beforeAll(async () => {
  folder = await runsFolder();
});
afterAll(() => rm(folder, { recursive: true }));

const described = async () => ({ objective: null, model: null, data: null });

interface Heard {
  readonly events: string[];
  readonly steps: number[];
  readonly lastId: string | undefined;
}

/** Listens until `enough`, or the end; the steps are the ones that a page would hold, with what it was told to forget. */
async function listen(
  id: string,
  {
    lastId,
    has = [],
    enough = () => false,
    heartbeat = 60_000,
  }: { lastId?: string; has?: number[]; enough?: (heard: Heard) => boolean; heartbeat?: number },
): Promise<Heard> {
  const runs = openRuns({ folder, describe: described });
  const gone = new AbortController();
  let heard: Heard = { events: [], steps: has, lastId };
  const options = { describe: () => runs.find(id), signal: gone.signal, heartbeat };
  for await (const message of runMessages(join(folder, id), lastId ? { ...options, lastId } : options)) {
    heard = hear(heard, message);
    if (enough(heard)) gone.abort();
  }
  return heard;
}

function hear({ events, steps, lastId }: Heard, message: RunMessage): Heard {
  const data = message?.data as { step: number | null } & { step: number }[];
  const forgotten =
    message?.event === 'rewind' ? steps.filter((step) => data.step !== null && step <= data.step) : steps;
  return {
    events: [...events, message?.event ?? 'heartbeat'],
    steps: message?.event === 'metrics' ? [...steps, ...data.map(({ step }) => step)] : forgotten,
    lastId: message?.id ?? lastId,
  };
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

describe('the events of a run', () => {
  it('are all its records in few batches, its state, and its end', async () => {
    await finishedRun(folder, 'finished', 1200);
    const { events, steps, lastId } = await listen('finished', {});
    expect(steps).toEqual(upTo(1200));
    expect(events).toEqual(['state', 'metrics', 'metrics', 'metrics', 'state', 'end']);
    expect(await knowsTheEnd(join(folder, 'finished'), lastId)).toBe(true);
    expect(await knowsTheEnd(join(folder, 'finished'), lastId?.replace('.end', ''))).toBe(false);
  });

  it('go on for a client that comes back where it stopped, with a step that has two records told once each', async () => {
    const run = await beginRun(folder, 'goes-on');
    await trainTo(run, 1, 5);
    await trainTo(run, 5, 5);
    const before = await listen('goes-on', { enough: ({ steps }) => steps.length === 6 });
    await trainTo(run, 6, 9);
    const after = await listen('goes-on', {
      lastId: before.lastId ?? '',
      has: before.steps,
      enough: ({ steps }) => steps.includes(9),
    });
    expect(after.steps).toEqual([1, 2, 3, 4, 5, 5, 6, 7, 8, 9]);
    await closeRun(run, { status: 'stopped' });
  });

  it('have a client forget what a resumed run trains again, whether it stayed or was away', async () => {
    const first = await beginRun(folder, 'resumed');
    await trainTo(first, 1, 4);
    await checkpoint(first, 4);
    await trainTo(first, 5, 8);
    const away = await listen('resumed', { enough: ({ steps }) => steps.length === 8 });
    let hasEight = () => {};
    const eight = new Promise<void>((resolve) => {
      hasEight = resolve;
    });
    const staying = listen('resumed', {
      enough: ({ steps, events }) => {
        if (steps.length === 8) hasEight();
        return events.includes('rewind') && steps.length === 6;
      },
    });
    await eight;
    // Resumed in a copy, whose files then come in place of the first's: no moment at which one could take the run for ended.
    const copy = join(await runsFolder(), 'resumed');
    await cp(join(folder, 'resumed'), copy, { recursive: true });
    await rm(join(copy, 'lock'));
    const second = await openRun(copy, 100);
    for (const name of ['metrics.jsonl', 'state.json']) await rename(join(copy, name), join(folder, 'resumed', name));
    await trainTo(second, 5, 6);
    const stayed = await staying;
    expect(stayed.steps).toEqual(upTo(6));
    expect(stayed.events).toContain('rewind');
    const back = await listen('resumed', {
      lastId: away.lastId ?? '',
      has: away.steps,
      enough: ({ steps }) => steps.length === 6,
    });
    expect(back.steps).toEqual(upTo(6));
    for (const run of [first, second]) await closeRun(run, { status: 'stopped' });
    await rm(join(copy, '..'), { recursive: true });
  });

  it('keep the connection open while there are none, and end with the client', async () => {
    const run = await beginRun(folder, 'quiet');
    const { events } = await listen('quiet', { heartbeat: 100, enough: ({ events }) => events.includes('heartbeat') });
    expect(events.at(-1)).toBe('heartbeat');
    await closeRun(run, { status: 'stopped' });
  });
});
