import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bradleyTerry, type Match } from '../bradley-terry.js';
import { inverseOf } from './cholesky.js';
import { informationGain } from './information-gain.js';
import { informativeness, strengthGap, strengthPosterior } from './strength-posterior.js';

const met = (a: string, b: string, outcome: Match['outcome'], times: number): Match[] =>
  Array(times).fill({ a, b, outcome });
const played = [
  ...met('a', 'b', 'a', 5),
  ...met('a', 'b', 'b', 2),
  ...met('a', 'b', 'tie', 2),
  ...met('b', 'c', 'a', 3),
  ...met('b', 'c', 'b', 3),
  ...met('b', 'c', 'tie', 1),
  ...met('c', 'a', 'b', 4),
  ...met('c', 'a', 'tie', 1),
  ...met('c', 'd', 'a', 2),
];

describe('the posterior of strengths with ties', () => {
  it('is what scipy 1.17 finds: minimize of the log posterior written out, and its numeric Hessian', () => {
    const { strengths, tieWeight, covariance } = strengthPosterior(played);
    for (const [i, value] of [1.20092393, 0.12205189, -0.06358622, -1.25938982].entries())
      expect(strengths[i]).toBeCloseTo(value, 6);
    expect(tieWeight).toBeCloseTo(0.5125404, 6);
    const rows = [
      [0.87421739, 0.61348186, 0.5427135, 0.21958723],
      [0.61348186, 0.81909441, 0.57762101, 0.23980272],
      [0.5427135, 0.57762101, 0.7980949, 0.33157057],
      [0.21958723, 0.23980272, 0.33157057, 1.45903946],
    ];
    for (const [k, value] of rows.flat().entries()) expect(covariance[k]).toBeCloseTo(value, 5);
  });

  it('tends to the strengths of bradleyTerry with much data and no ties', () => {
    const much = [
      ...met('x', 'y', 'a', 7000),
      ...met('x', 'y', 'b', 3000),
      ...met('y', 'z', 'a', 6000),
      ...met('y', 'z', 'b', 4000),
    ];
    const { names, strengths } = strengthPosterior(much);
    for (const { name, strength } of bradleyTerry(much, { prior: 0 }))
      expect(strengths[names.indexOf(name)]).toBeCloseTo(strength, 2);
  });

  it('is the prior without matches, and surer with more', () => {
    const none = strengthPosterior([], { names: ['x', 'y'], spread: 2 });
    expect(strengthGap(none, 'x', 'y')).toEqual({ gap: 0, variance: expect.closeTo(8, 10) });
    const some = strengthPosterior(met('x', 'y', 'a', 3), { spread: 2 });
    const more = strengthPosterior([...met('x', 'y', 'a', 30), ...met('x', 'y', 'b', 10)], { spread: 2 });
    expect(strengthGap(some, 'x', 'y').variance).toBeLessThan(8);
    expect(strengthGap(more, 'x', 'y').variance).toBeLessThan(strengthGap(some, 'x', 'y').variance / 4);
  });

  it('centres the strengths, and turns them round with the outcomes', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            i: fc.nat(3),
            step: fc.integer({ min: 1, max: 3 }),
            outcome: fc.constantFrom<Match['outcome']>('a', 'b', 'tie'),
          }),
          { minLength: 1, maxLength: 40 },
        ),
        (given) => {
          const names = ['w', 'x', 'y', 'z'];
          const at = (i: number) => names[i % 4] ?? '';
          const matches = given.map(({ i, step, outcome }): Match => ({ a: at(i), b: at(i + step), outcome }));
          const turned = matches.map(({ a, b, outcome }): Match => ({ a: b, b: a, outcome }));
          const one = strengthPosterior(matches, { names });
          const other = strengthPosterior(turned, { names });
          expect(one.strengths.reduce((x, y) => x + y, 0)).toBeCloseTo(0, 7);
          for (const i of names.keys()) expect(one.strengths[i]).toBeCloseTo(-(other.strengths[i] ?? 0), 6);
        },
      ),
      { numRuns: 50 },
    ));

  it('tells more of contestants seldom met, and nothing is told of one that is not there', () => {
    const posterior = strengthPosterior([
      ...met('x', 'y', 'a', 20),
      ...met('x', 'y', 'b', 20),
      ...met('y', 'z', 'a', 1),
    ]);
    expect(informativeness(posterior, 'y', 'z')).toBeGreaterThan(informativeness(posterior, 'x', 'y'));
    expect(() => informativeness(posterior, 'x', 'q')).toThrow(/no contestant q/);
  });
});

describe('the information gain', () => {
  // scipy 1.17: quad over Σ p ln(p / E p). At the widest variance in use 15 nodes are good to 10⁻³ of the gain.
  it.each([
    [0, 4.5, 0, 0.24552349],
    [1, 2, 0, 0.13873787],
    [2.5, 0.3, 0, 0.01121944],
    [0, 0.01, 0, 0.00124534],
    [0.7, 1, 0.8, 0.07023229],
  ])('at gap %d, variance %d and ν %d is %d nats', (gap, variance, tieWeight, expected) =>
    expect(informationGain(gap, variance, tieWeight) / expected).toBeCloseTo(1, 2.7),
  );

  it('falls with the gap, rises with the variance, and stays within one bit', () =>
    fc.assert(
      fc.property(
        fc.double({ min: -6, max: 6, noNaN: true }),
        fc.double({ min: 0.02, max: 4.5, noNaN: true }),
        fc.double({ min: 1.02, max: 3, noNaN: true }),
        (gap, variance, more) => {
          const gain = informationGain(gap, variance);
          expect(gain).toBeLessThan(Math.LN2);
          expect(informationGain(-gap, variance)).toBeCloseTo(gain, 12);
          expect(informationGain(Math.abs(gap) + more - 1, variance)).toBeLessThan(gain);
          expect(informationGain(gap, Math.min(4.5, variance) * more)).toBeGreaterThan(gain);
        },
      ),
    ));
});

it('inverts a symmetric matrix, and says where one is not positive', () => {
  const inverse = inverseOf(Float64Array.of(4, 2, 2, 3), 2);
  for (const [i, value] of [0.375, -0.25, -0.25, 0.5].entries()) expect(inverse[i]).toBeCloseTo(value, 12);
  expect(() => inverseOf(Float64Array.of(1, 2, 2, 1), 2)).toThrow(/row 1 of 2/);
});
