import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochs } from '../epochs.js';
import { groupOrder } from './group-order.js';

const settings = fc.record({
  batch: fc.integer({ min: 1, max: 5 }),
  seed: fc.nat(),
  batchesInRow: fc.integer({ min: 1, max: 4 }),
});
const shapes = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 40 });
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('the order of pairs', () => {
  it('makes every batch of pairs of one shape, full', () =>
    fc.assert(
      fc.property(shapes, settings, (of, how) => {
        const order = groupOrder(of, how);
        for (const number of upTo(30)) {
          const { shape, visits } = order.batch(number);
          expect(visits).toHaveLength(how.batch);
          for (const { index } of visits) expect(of[index]).toBe(shape);
        }
      }),
    ));

  it('leaves no pair out: each comes once before any of its shape comes again, and what is left over begins the next batch', () =>
    fc.assert(
      fc.property(shapes, settings, (of, how) => {
        const order = groupOrder(of, how);
        const seen = of.map(() => 0);
        for (const number of upTo(60)) {
          const { shape, visits } = order.batch(number);
          for (const { index, epoch } of visits) {
            expect(epoch).toBe(seen[index]);
            seen[index] = (seen[index] as number) + 1;
          }
          const counts = seen.filter((_, index) => of[index] === shape);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
        // No shape lags behind: after so many pairs, each of a shape is less than a batch and an epoch short of its share.
        const share = (60 * how.batch) / of.length;
        for (const shape of new Set(of)) {
          const count = of.filter((other) => other === shape).length;
          const visits = seen.reduce((sum, n, index) => sum + (of[index] === shape ? n : 0), 0);
          expect(Math.abs(visits - share * count)).toBeLessThanOrEqual(2 * how.batch + count);
        }
      }),
    ));

  it('is a function of seed and number, whatever was asked for before', () =>
    fc.assert(
      fc.property(shapes, settings, fc.array(fc.nat({ max: 200 })), fc.nat({ max: 200 }), (of, how, asked, number) => {
        const order = groupOrder(of, how);
        for (const other of asked) order.batch(other);
        expect(order.batch(number)).toEqual(groupOrder(of, how).batch(number));
      }),
    ));

  it('of one shape is that of epochs', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), settings, (count, how) => {
        const order = groupOrder(Array<number>(count).fill(2), how);
        for (const number of upTo(20)) {
          expect(order.batch(number)).toEqual({
            shape: 2,
            visits: epochs(count, how.batch, how.seed).visits(number),
          });
        }
      }),
    ));

  it('keeps to a shape for a row of batches', () => {
    const of = upTo(240).map((i) => i % 3); // 40 batches of 2 of each shape
    const order = groupOrder(of, { batch: 2, seed: 0, batchesInRow: 8 });
    const sequence = upTo(120).map((number) => order.batch(number).shape);
    const changes = sequence.filter((shape, i) => i > 0 && shape !== sequence[i - 1]).length;
    expect(changes).toBeLessThanOrEqual(14); // 15 rows
    expect(changes).toBeGreaterThan(3);
    expect(upTo(120).map((number) => order.batch(120 + number).shape)).not.toEqual(sequence);
  });
});
