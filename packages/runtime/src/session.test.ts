import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { add, compile, graph, input } from '@bradley/graph';
import { describe, expect, it } from 'vitest';
import { cpuTarget } from './cpu-target.js';
import { createSession, FeedError } from './session.js';

async function addition() {
  const a = input('a', [2, 3]);
  const b = input('b', [2, 3]);
  return createSession(compile(graph({ y: add(a, b) }), await cpuTarget()));
}

describe('feeding a session', () => {
  const six = new Float32Array(6).fill(1);

  it('names a missing feed, with its type and shape', async () => {
    const session = await addition();
    await expect(session.run({ a: six })).rejects.toThrow(FeedError);
    await expect(session.run({ a: six })).rejects.toThrow(
      "the model needs a feed 'b' of float32 (2, 3), but none was given",
    );
    await session.release();
  });

  it('names a feed that the model does not have, and those it has', async () => {
    const session = await addition();
    await expect(session.run({ a: six, b: six, c: six })).rejects.toThrow(
      'the model has no input called c; it takes a, b',
    );
    await session.release();
  });

  it.each([
    ['another element type', new Int32Array(6), 'Int32Array of 6'],
    ['another number of elements', new Float32Array(5), 'Float32Array of 5'],
  ])('refuses a feed of %s', async (_what, b, found) => {
    const session = await addition();
    await expect(session.run({ a: six, b })).rejects.toThrow(
      `feed 'b': the model takes float32 (2, 3), but got ${found}`,
    );
    await session.release();
  });

  it('reads a part of a larger buffer in place', async () => {
    const session = await addition();
    const buffer = Float32Array.from({ length: 12 }, (_, i) => i);
    const { y } = await session.run({ a: buffer.subarray(0, 6), b: buffer.subarray(6) });
    expect(y?.data).toEqual(Float32Array.of(6, 8, 10, 12, 14, 16));
    await session.release();
  });
});

describe('a suspended session', () => {
  it('gives the same at its next run, and nothing after it is released', async () => {
    const session = await addition();
    const [a, b] = [1, 2].map((value) => Float32Array.from({ length: 6 }, (_, i) => value * i)) as [
      Float32Array,
      Float32Array,
    ];
    const { y } = await session.run({ a, b });
    await session.suspend();
    await session.suspend();
    expect((await session.run({ a, b })).y?.data).toEqual(y?.data);
    await session.release();
    await expect(session.run({ a, b })).rejects.toThrow(/released/);
  });
});

/** The cores that each thread of this process may use, the main thread first. */
function allowedCores(): string[] {
  const tasks = readdirSync('/proc/self/task').map((task) => `/proc/self/task/${task}/status`);
  return ['/proc/self/status', ...tasks].flatMap((path) => {
    try {
      return /Cpus_allowed:\s*(\S+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? [];
    } catch {
      return []; // a thread that has ended
    }
  });
}

// Says something only where the process is held to fewer cores than the machine has (taskset, a container).
it.runIf(existsSync('/proc/self/task'))('keeps its threads on the cores that the process may use', async () => {
  const session = await addition();
  await setTimeout(100); // a thread places itself when it starts
  const [whole, ...threads] = allowedCores().map((mask) => BigInt(`0x${mask.replaceAll(',', '')}`));
  for (const mask of threads) expect(mask & ~(whole as bigint)).toBe(0n);
  await session.release();
});
