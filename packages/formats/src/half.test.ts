import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './half.js';

const everyPattern = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);

/** The nearest of the representable values, ties to the one with even bits: the definition, by search. */
function nearest(x: number, positives: ArrayLike<number>): number {
  let low = 0;
  let high = positives.length - 1; // the last stands for ∞, and is where the next finite value would be
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((positives[middle] as number) <= x) low = middle;
    else high = middle;
  }
  const [below, above] = [x - (positives[low] as number), (positives[high] as number) - x];
  return below < above || (below === above && low % 2 === 0) ? low : high;
}

describe.each([
  { name: 'float16', widen: float16ToFloat32, narrow: float32ToFloat16, infinity: 0x7c00, past: 65536 },
  { name: 'bfloat16', widen: bfloat16ToFloat32, narrow: float32ToBfloat16, infinity: 0x7f80, past: 2 ** 128 },
])('$name', ({ widen, narrow, infinity, past }) => {
  const positives = Float32Array.from(widen(everyPattern.slice(0, infinity + 1)));
  const numbers = [...positives.subarray(0, infinity), past];

  it('survives the way to float32 and back, bit for bit, except that a NaN becomes quiet', () => {
    const back = narrow(widen(everyPattern));
    for (const bits of everyPattern) {
      const isNaNPattern = (bits & 0x7fff) > infinity;
      if (isNaNPattern) expect((back[bits] ?? 0) & 0x7fff).toBeGreaterThan(infinity);
      else if (back[bits] !== bits) expect.fail(`${bits} came back as ${back[bits]}`);
    }
  });

  it('increases with its bits, from 0 to infinity', () => {
    expect(positives[0]).toBe(0);
    expect(positives[infinity]).toBe(Number.POSITIVE_INFINITY);
    for (let i = 1; i <= infinity; i++)
      if (!((positives[i] as number) > (positives[i - 1] as number))) expect.fail(`${i}`);
  });

  it('rounds to nearest, ties to even, as the definition by search does', () => {
    const check = (x: number) => {
      const value = Math.fround(x);
      const expected = nearest(Math.abs(value), numbers);
      const sign = Object.is(value, -0) || value < 0 ? 0x8000 : 0;
      expect(narrow(Float32Array.of(value))[0]).toBe(expected | sign);
    };
    fc.assert(fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), check), { numRuns: 2000 });
    const step = fc.integer({ min: 0, max: infinity - 1 });
    const between = fc.tuple(step, fc.constantFrom(0.5, 0.4999, 0.5001, 0.25, 0.75));
    fc.assert(
      fc.property(between, ([i, part]) => {
        const [low, high] = [numbers[i] as number, numbers[i + 1] as number];
        check(low + (high - low) * part);
        check(-low - (high - low) * part);
      }),
      { numRuns: 4000 },
    );
  });

  it('keeps infinities, signed zeros and NaN', () => {
    const bits = narrow(Float32Array.of(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, Number.NaN));
    expect([...bits.subarray(0, 4)]).toEqual([infinity, infinity | 0x8000, 0, 0x8000]);
    expect(widen(bits)[4]).toBeNaN();
  });
});

it('rounds the edges of float16 as IEEE 754 says', () => {
  const edges = Float32Array.of(65504, 65519.996, 65520, 2 ** -24, 2 ** -25, 2 ** -25 * 1.0001, 2 ** -14 - 2 ** -26);
  expect([...float32ToFloat16(edges)]).toEqual([0x7bff, 0x7bff, 0x7c00, 1, 0, 1, 0x0400]);
});
