import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochs } from './epochs.js';

const sizes = { count: fc.integer({ min: 1, max: 40 }), batch: fc.integer({ min: 1, max: 9 }), seed: fc.nat() };

describe('epochs', () => {
  it('visit every example once an epoch, also where batches cross into the next', () =>
    fc.assert(
      fc.property(fc.record(sizes), ({ count, batch, seed }) => {
        const order = epochs(count, batch, seed);
        const visited = Array.from({ length: Math.ceil((3 * count) / batch) }, (_, i) => order.batch(i)).flat();
        for (let epoch = 0; epoch < 3; epoch++) {
          const seen = visited.slice(epoch * count, (epoch + 1) * count);
          expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
        }
      }),
    ));

  it('give a batch by its number alone', () =>
    fc.assert(
      fc.property(fc.record(sizes), fc.array(fc.nat(50), { minLength: 1 }), ({ count, batch, seed }, asked) => {
        const one = epochs(count, batch, seed);
        for (const number of asked) expect(one.batch(number)).toEqual(epochs(count, batch, seed).batch(number));
      }),
    ));

  it('are in another order for another epoch, seed or stream', () => {
    const first = epochs(50, 50, 0).batch(0);
    expect(epochs(50, 50, 0).batch(1)).not.toEqual(first);
    expect(epochs(50, 50, 1).batch(0)).not.toEqual(first);
    expect(epochs(50, 50, 0, 'vae').batch(0)).not.toEqual(first);
  });

  it('of nothing are an error', () => {
    expect(() => epochs(0, 1, 0)).toThrow('no examples');
  });
});
