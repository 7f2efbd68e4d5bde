import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { move, type Order, toggle, whole } from './ranking.js';

const picks = (n: number) => fc.array(fc.nat(n - 1), { maxLength: 30 });

describe('a ranking under way', () => {
  it('names each candidate at most once, and once whole names all', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 8 }).chain((n) => fc.tuple(fc.constant(n), picks(n))),
        ([n, clicks]) => {
          const order = clicks.reduce<Order>(toggle, []);
          expect(new Set(order).size).toBe(order.length);
          const all = whole(order, n);
          expect(all === null).toBe(order.length < n - 1);
          if (all) expect([...all].sort()).toEqual(Array.from({ length: n }, (_, i) => i));
          if (all) expect(all.slice(0, order.length)).toEqual(order);
        },
      ),
    ));

  it('takes a candidate back where it is clicked again', () => {
    expect(toggle(toggle([2, 0], 1), 0)).toEqual([2, 1]);
  });

  it('moves one and keeps the others in their order', () => {
    expect(move([3, 1, 0, 2], 3, 0)).toEqual([2, 3, 1, 0]);
    expect(move([3, 1, 0], 0, 1)).toEqual([1, 3, 0]);
    expect(move([3, 1, 0], 2, 3)).toEqual([3, 1, 0]);
    expect(move([3, 1, 0], 0, -1)).toEqual([3, 1, 0]);
  });
});
