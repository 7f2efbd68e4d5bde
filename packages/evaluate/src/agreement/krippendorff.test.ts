import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uniformNumbers } from '../uniform.test-support.js';
import { type AlphaMetric, krippendorffAlpha, krippendorffInterval, type Unit } from './krippendorff.js';

/** Krippendorff 2011, section D: four observers, twelve units, a dot where an observer is silent. */
const observers = ['12332141 2...', '12332241 25.3', '.3332342 251.', '12332441 251.'].map((row) => [
  ...row.replace(' ', ''),
]);
const example: Unit[] = Array.from({ length: 12 }, (_, unit) =>
  observers.map((row) => (row[unit] === '.' ? null : Number(row[unit]))),
);

const metricNames: AlphaMetric[] = ['nominal', 'ordinal', 'interval'];
const unitsOfNumbers = fc.array(fc.array(fc.option(fc.integer({ min: 0, max: 4 })), { maxLength: 5 }), {
  maxLength: 12,
});

describe("Krippendorff's alpha", () => {
  it.each([
    ['nominal', 0.743],
    ['ordinal', 0.815],
    ['interval', 0.849],
  ] as const)('of the worked example of 2011 is, %s, %d', (metric, published) => {
    const { alpha, units, ratings } = krippendorffAlpha(example, metric);
    expect(alpha).toBeCloseTo(published, 3);
    expect({ units, ratings }).toEqual({ units: 11, ratings: 40 }); // the twelfth was rated once
  });

  it('of the binary example of 2011 is 0.095: coincidences 00 10, 01 4, 11 2, so 1 − 19 · 4 / (14 · 6)', () => {
    const [first, second] = ['0100000000', '1110010010'];
    const units = Array.from({ length: 10 }, (_, i) => [first?.[i], second?.[i]]);
    expect(krippendorffAlpha(units, 'nominal').alpha).toBeCloseTo(0.095, 3);
  });

  it('is what the definition gives, pair by pair, with its sum over the ranks between', () =>
    fc.assert(
      fc.property(unitsOfNumbers, fc.constantFrom(...metricNames), (units, metric) => {
        const { alpha } = krippendorffAlpha(units, metric);
        const expected = byDefinition(units, metric);
        if (expected === null) expect(alpha).toBeNull();
        else expect(alpha).toBeCloseTo(expected, 9);
      }),
    ));

  it('says why there is none, and is never NaN', () => {
    expect(krippendorffAlpha([], 'nominal')).toMatchObject({ alpha: null, reason: 'no unit has two ratings' });
    expect(krippendorffAlpha([['a', null], ['b']], 'nominal')).toMatchObject({ reason: 'no unit has two ratings' });
    expect(
      krippendorffAlpha(
        [
          [1, 1],
          [1, 1, 1],
        ],
        'interval',
      ),
    ).toMatchObject({ reason: 'all ratings are the same' });
    expect(krippendorffInterval([], 'nominal', Math.random)).toMatchObject({ alpha: null, interval: null });
  });

  it('refuses names where the distance between them is needed', () =>
    expect(() => krippendorffAlpha([['good', 'bad']], 'ordinal')).toThrow(/finite numbers, found "good"/));

  it('has a bootstrap interval around it that narrows with more units', () => {
    const few = krippendorffInterval(example, 'interval', uniformNumbers(1));
    const many = krippendorffInterval(Array(20).fill(example).flat(), 'interval', uniformNumbers(1));
    for (const { alpha, interval } of [few, many]) {
      expect(interval?.low).toBeLessThan(alpha ?? Number.NaN);
      expect(interval?.high).toBeGreaterThan(alpha ?? Number.NaN);
    }
    const width = ({ interval }: typeof few) => (interval ? interval.high - interval.low : Number.NaN);
    expect(width(many)).toBeLessThan(width(few) / 2); // √20 = 4.5, and the few are at the bound of 1
  });

  it('counts resamples without variation, and gives no interval where they are most', () => {
    const rare = krippendorffInterval([[1, 2], ...Array(2).fill([1, 1])], 'nominal', uniformNumbers(2));
    expect(rare.undefinedResamples / 1000).toBeCloseTo((2 / 3) ** 3, 1);
    const rarer = krippendorffInterval([[[1, 1, 1, 1, 1, 2]], Array(9).fill([1, 1])].flat(), 'nominal', () => 0.5);
    expect(rarer).toMatchObject({ interval: null, undefinedResamples: 1000 });
  });
});

/** The definition itself, over all ordered pairs of pairable ratings. */
function byDefinition(units: readonly Unit[], metric: AlphaMetric): number | null {
  const rated = units.map((unit) => unit.filter((x) => x !== null) as number[]).filter(({ length }) => length > 1);
  const all = rated.flat();
  const count = (value: number) => all.filter((x) => x === value).length;
  const delta = {
    nominal: (c: number, k: number) => (c === k ? 0 : 1),
    interval: (c: number, k: number) => (c - k) ** 2,
    ordinal: (c: number, k: number) => {
      if (c === k) return 0;
      const [low, high] = [Math.min(c, k), Math.max(c, k)];
      return (all.filter((x) => x >= low && x <= high).length - (count(c) + count(k)) / 2) ** 2;
    },
  }[metric];
  const pairs = (ratings: number[]) =>
    ratings.flatMap((x, i) => ratings.filter((_, j) => j !== i).map((y) => delta(x, y))).reduce((a, b) => a + b, 0);
  const expected = pairs(all) / (all.length - 1);
  const observed = rated.map((unit) => pairs(unit) / (unit.length - 1)).reduce((a, b) => a + b, 0);
  return expected > 0 ? 1 - observed / expected : null;
}
