import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fnv1a, integers, normal, normalOfWord, permutation, philox4x32, type RandomKey, uniform } from './random.js';

const key: RandomKey = { seed: 7, stream: 'noise', step: 0, index: 0 };
const someKey = fc.record({
  seed: fc.maxSafeNat(),
  stream: fc.string(),
  step: fc.nat(),
  index: fc.nat(),
});

describe('the generator', () => {
  it.each([
    // Random123, tests/kat_vectors, lines "philox4x32 10": counter, key, expected
    ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('gives the published words of counter %s', (counter, k, expected) => {
    const parse = (text: string) => text.split(' ').map((word) => Number.parseInt(word, 16));
    const words = new Uint32Array(4);
    philox4x32(parse(counter) as [number, number, number, number], parse(k) as [number, number], words);
    expect([...words]).toEqual(parse(expected));
  });

  it('hashes stream names with FNV-1a', () => {
    // Test vectors of the FNV authors (draft-eastlake-fnv).
    expect([fnv1a(''), fnv1a('a'), fnv1a('foobar')]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
  });

  it('gives the same bits as an independent implementation', () => {
    // Python integers for Philox and statistics.NormalDist().inv_cdf((word + ½) / 2³²), rounded to float32.
    const numbers = normal({ seed: 2 ** 40 + 7, stream: 'noise', step: 3, index: 2 }, 8);
    expect([...new Uint32Array(numbers.buffer)]).toEqual([
      0xbfcc6c2f, 0x3f98af8c, 0xbf363887, 0x3c952e84, 0x3ffe5fd9, 0x3e8b59cf, 0xbf8ba5bd, 0xbe9470a5,
    ]);
  });

  it('keeps its bits over a million numbers', () => {
    const words = new Uint32Array(normal(key, 1_000_000).buffer);
    let hash = 0;
    for (const word of words) hash = Math.imul(hash ^ word, 0x01000193);
    expect(hash >>> 0).toBe(0x659b7248);
  });

  it('draws a prefix when it draws fewer', () =>
    fc.assert(
      fc.property(someKey, fc.nat(50), fc.nat(50), (k, short, more) => {
        expect(normal(k, short)).toEqual(normal(k, short + more).slice(0, short));
      }),
    ));

  it.each([
    { ...key, seed: -1 },
    { ...key, seed: 0.5 },
    { ...key, step: 2 ** 32 },
    { ...key, index: Number.NaN },
  ])('refuses the key %o', (wrong) => {
    expect(() => normal(wrong, 1)).toThrow(/must be an integer from 0 to/);
  });
});

describe('the normal numbers', () => {
  const n = 1_000_000;
  const x = normal(key, n);

  it('have the moments of N(0, 1)', () => {
    const moment = (k: number) => x.reduce((sum, value) => sum + value ** k, 0) / n;
    // Five standard errors: Var xᵏ / n = ((2k − 1)!! − E[xᵏ]²) / n.
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
  });

  it('pass a Kolmogorov–Smirnov test', () => {
    const sorted = x.slice(0, 100_000).sort();
    let distance = 0;
    sorted.forEach((value, i) => {
      const below = normalCdf(value) * sorted.length;
      distance = Math.max(distance, below - i, i + 1 - below);
    });
    expect(distance / Math.sqrt(sorted.length)).toBeLessThan(1.95); // p = 0.001
  });

  it('are uncorrelated between streams, steps, indices and seeds', () => {
    const m = 100_000;
    const others = [
      { ...key, stream: 'timesteps' },
      { ...key, step: 1 },
      { ...key, index: 1 },
      { ...key, seed: 8 },
      { ...key, seed: 7 + 2 ** 32 },
    ];
    for (const other of others) {
      const y = normal(other, m);
      const correlation = y.reduce((sum, value, i) => sum + value * (x[i] as number), 0) / m;
      expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(m));
    }
  });

  it.each([
    // statistics.NormalDist().inv_cdf((word + ½) / 2³²)
    [0, -6.337957754553789],
    [1, -6.166429517819749],
    [100, -5.463062554389539],
    [2 ** 20, -3.4871039765916896],
    [2 ** 28, -1.5341205434059566],
    [322122547, -1.4395314704450153],
    [2 ** 31, 2.9180993729166234e-10],
    [2 ** 32 - 16, 5.78577796547104],
    [2 ** 32 - 1, 6.337957754553789],
  ])('is the quantile of word %d', (word, quantile) => {
    expect(Math.abs(normalOfWord(word) / quantile - 1)).toBeLessThan(2e-15);
  });

  it('rises with the word and is odd about the middle', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 2 }), (word) => {
        expect(normalOfWord(word + 1)).toBeGreaterThan(normalOfWord(word));
        expect(normalOfWord(2 ** 32 - 1 - word)).toBe(-normalOfWord(word));
      }),
    ));
});

describe('the other draws', () => {
  it('spreads uniform numbers evenly over [0, 1)', () => {
    const counts = new Array<number>(100).fill(0);
    for (const u of uniform(key, 1_000_000)) counts[Math.floor(u * 100)] = (counts[Math.floor(u * 100)] ?? 0) + 1;
    const chiSquared = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(counts).toHaveLength(100);
    expect(chiSquared).toBeLessThan(149); // 99 degrees of freedom, p = 0.001
  });

  it('draws integers below the bound, each equally often', () => {
    const counts = new Array<number>(7).fill(0);
    for (const value of integers(key, 700_000, 7)) counts[value] = (counts[value] ?? 0) + 1;
    const chiSquared = counts.reduce((sum, count) => sum + (count - 100_000) ** 2 / 100_000, 0);
    expect(chiSquared).toBeLessThan(22.5); // 6 degrees of freedom, p = 0.001
  });

  it('draws only zeros below 1, and refuses an empty range', () => {
    expect(integers(key, 3, 1)).toEqual(new Uint32Array(3));
    expect(() => integers(key, 3, 0)).toThrow('from 1 to 2^32');
  });

  it('permutes', () =>
    fc.assert(
      fc.property(someKey, fc.nat(200), (k, n) => {
        expect([...permutation(k, n)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    ));

  it('reaches every order of three equally often', () => {
    const counts = new Map<string, number>();
    for (let index = 0; index < 12_000; index++) {
      const order = permutation({ ...key, index }, 3).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - 2_000) ** 2 / 2_000, 0);
    expect(counts.size).toBe(6);
    expect(chiSquared).toBeLessThan(20.5); // 5 degrees of freedom, p = 0.001
  });
});

/** Φ(x) = ½ + φ(x) (x + x³/3 + x⁵/15 + …), good to 1e-15 for |x| < 6. */
function normalCdf(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
