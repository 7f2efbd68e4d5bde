import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graph } from '../graph.js';
import { add, exp, neg } from '../ops/elementwise.js';
import { input, weight } from '../ops/leaf.js';
import { matmul } from '../ops/matmul.js';
import { reshape } from '../ops/shape.js';
import type { Value } from '../value.js';
import { arena, type Chunk } from './arena.js';
import { plannedBuffers } from './buffers.js';
import { runOrder } from './run-order.js';
import { sessionMemory } from './session-memory.js';

const x = input('x', [10]);
const peakOf = (y: Readonly<Record<string, Value>>, freeEarly = true): number => {
  const from = graph(y);
  const order = runOrder(from);
  const buffers = plannedBuffers(from, order, { freeEarly, ahead: new Set() });
  const live = order.map((_, at) =>
    buffers.filter(({ first, last }) => first <= at && at <= last).reduce((total, { bytes }) => total + bytes, 0),
  );
  return Math.max(...live);
};

describe('the order of a run', () => {
  it('finishes what the last result needs, its latest input first', () => {
    const [a, b] = [exp(x), neg(x)];
    const both = add(a, b);
    const early = exp(a);
    const late = exp(neg(both));
    expect(runOrder(graph({ early, late })).map(({ op }) => op)).toEqual(['Neg', 'Exp', 'Add', 'Neg', 'Exp', 'Exp']);
  });
});

describe('the buffers of a run', () => {
  it('are freed after the last reader', () => {
    expect(peakOf({ chain: neg(exp(neg(exp(x)))) })).toBe(80); // two of 40 bytes at a time
  });

  it('stay for what is read again, and for what is returned', () => {
    const early = exp(x);
    expect(peakOf({ y: add(neg(exp(early)), early), early })).toBe(120);
  });

  it('are those of their input for reshapes, and none for feeds', () => {
    expect(peakOf({ y: reshape(exp(reshape(x, [5, 2])), [10]) })).toBe(40);
  });

  it('are held for later values of the same shape unless they are freed early', () => {
    const wide = input('wide', [100]);
    const first = exp(exp(exp(wide))); // two of 400 bytes, one of which waits
    const other = add(reshape(exp(first), [100]), 0);
    const from = graph({ other });
    const order = runOrder(from);
    const held = plannedBuffers(from, order, { freeEarly: false, ahead: new Set() });
    const early = plannedBuffers(from, order, { freeEarly: true, ahead: new Set() });
    expect(held.length).toBeLessThan(early.length);
  });
});

describe('the arena', () => {
  it('never gives out memory twice, and takes no more than it needs for what is free again', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 5e6 }), fc.nat(3)), { maxLength: 60 }), (asks) => {
        const memory = arena();
        const taken: Chunk[] = [];
        for (const [bytes, give] of asks) {
          const chunk = memory.take(bytes);
          for (const other of taken)
            if (other.region === chunk.region)
              expect(chunk.offset >= other.offset + other.bytes || other.offset >= chunk.offset + chunk.bytes).toBe(
                true,
              );
          taken.push(chunk);
          if (give === 0) memory.give(taken.shift() as Chunk);
        }
        const before = memory.touched();
        for (const chunk of taken) memory.give(chunk);
        const largest = Math.max(1, ...asks.map(([bytes]) => bytes));
        memory.take(largest);
        expect(memory.touched()).toBeLessThanOrEqual(before + 2 ** 21 * Math.ceil(largest / 2 ** 21));
      }),
    ));
});

describe('what a session takes', () => {
  const w = weight('w', [512, 512], 'float32', { file: '/weights', offset: 0, length: 2 ** 20 });
  const twice = graph({ y: matmul(exp(matmul(input('a', [4, 512]), w)), w) });

  it('is the file itself where weights are mapped, and a copy for each use where they are packed', () => {
    expect(sessionMemory(twice, { mapped: true, freeEarly: false })).toMatchObject({ mapped: 2 ** 20, packed: 0 });
    expect(sessionMemory(twice, { mapped: false, freeEarly: false })).toMatchObject({
      mapped: 0,
      stored: 2 ** 20,
      packed: 2 * 2 ** 20,
    });
  });
});
