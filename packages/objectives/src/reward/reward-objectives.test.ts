import { backward, graph, input, inputsOf, type Value } from '@bradley/graph';
import { evaluate } from '@bradley/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bradleyTerry } from './bradley-terry.js';
import { bradleyTerryTies } from './bradley-terry-ties.js';
import { pickscore } from './pickscore.js';
import type { ScoredPair, ScoreObjective } from './score-objective.js';
import { scoreRegression } from './score-regression.js';

type Rows = readonly (readonly number[])[];
/** As VideoAlign encodes it: 1 for A, −1 for B, 0 for a tie, 22 for what was not asked. */
type Labels = Rows;

/** Loss, accuracy and the gradients at both sides of (B, N) scores. */
async function run<Options extends ScoreObjective['options']>(
  objective: ScoreObjective<Options>,
  options: Parameters<Options['parse']>[0],
  { a, b, labels, ratings }: { a: Rows; b: Rows; labels: Labels; ratings?: { a: Rows; b: Rows } },
) {
  const shape = [a.length, a[0]?.length ?? 0];
  const share = (of: number) => labels.map((row) => row.map((label) => (label === of ? 1 : 0)));
  const numbers: Record<string, Rows> = {
    a,
    b,
    'label/a': share(1),
    'label/b': share(-1),
    'label/tie': share(0),
    'label/weight': labels.map((row) => row.map((label) => (label === 22 ? 0 : 1))),
    ...(ratings ? { 'ratings/a': ratings.a, 'ratings/b': ratings.b } : {}),
  };
  const at = (name: string): Value => input(name, shape);
  const pair: ScoredPair = {
    a: at('a'),
    b: at('b'),
    label: { a: at('label/a'), b: at('label/b'), tie: at('label/tie'), weight: at('label/weight') },
    ratings: ratings ? { a: at('ratings/a'), b: at('ratings/b') } : null,
  };
  const { loss, metrics } = objective.loss(pair, objective.options.parse(options));
  const [ga, gb] = backward(loss, [pair.a, pair.b]) as [Value, Value];
  const of = graph({ loss, accuracy: metrics.accuracy as Value, ga, gb });
  const feeds = inputsOf(of).map(({ name }) => [name, Float32Array.from((numbers[name] as Rows).flat())] as const);
  const results = await evaluate(of, Object.fromEntries(feeds));
  return {
    loss: Number(results.loss?.data[0]),
    accuracy: Number(results.accuracy?.data[0]),
    gradient: { a: [...(results.ga?.data ?? [])], b: [...(results.gb?.data ?? [])] },
  };
}

const one = (difference: number, label: number) => ({ a: [[difference]], b: [[0]], labels: [[label]] });

describe('Bradley–Terry with ties', () => {
  it.each([
    [0, 1.791759, 1.791759, 0.405465],
    [1, 1.043592, 2.680433, 0.545971],
    [2, 0.516814, 3.636145, 0.974905],
  ])('costs at a difference of %d what was computed by hand for A, B and the same', async (difference, a, b, same) => {
    for (const [label, expected] of [
      [1, a],
      [-1, b],
      [0, same],
    ] as const)
      expect((await run(bradleyTerryTies, {}, one(difference, label))).loss).toBeCloseTo(expected, 5);
  });

  it('has the slopes computed by hand', async () => {
    expect((await run(bradleyTerryTies, {}, one(1, 1))).gradient.a[0]).toBeCloseTo(-0.647813, 5);
    expect((await run(bradleyTerryTies, {}, one(1, 0))).gradient.a[0]).toBeCloseTo(0.283654, 5);
  });

  it('leaves out what was not asked: of the mean, or only of the sum', async () => {
    const batch = {
      a: [
        [1, 0.2, 0.5],
        [0, 0, 0],
      ],
      b: [
        [0, 0.1, 2.5],
        [0, 1, 0],
      ],
      labels: [
        [1, 0, -1],
        [1, 22, 0],
      ],
    };
    expect((await run(bradleyTerryTies, {}, batch)).loss).toBeCloseTo(0.832897, 5);
    const all = await run(bradleyTerryTies, { meanOver: 'all' }, batch);
    expect(all.loss).toBeCloseTo(0.694081, 5);
    expect(all.gradient.a[4]).toBe(0);
    expect(all.accuracy).toBeCloseTo((1 + 1 + 0.5) / 3, 6);
  });

  it('gives the three outcomes probabilities that sum to 1', () =>
    fc.assert(
      fc.asyncProperty(
        fc.double({ min: -20, max: 20, noNaN: true }),
        fc.double({ min: 1.1, max: 20, noNaN: true }),
        async (difference, theta) => {
          const losses = await Promise.all(
            [1, 0, -1].map((label) => run(bradleyTerryTies, { theta }, one(difference, label))),
          );
          expect(losses.reduce((sum, { loss }) => sum + Math.exp(-loss), 0)).toBeCloseTo(1, 4);
        },
      ),
      { numRuns: 10 },
    ));
});

describe('Bradley–Terry', () => {
  const pair = { a: [[1.2]], b: [[0.3]], labels: [[1]] };
  it('is the one computed by hand, with a margin and with centring', async () => {
    expect((await run(bradleyTerry, {}, pair)).loss).toBeCloseTo(0.341154, 5);
    expect((await run(bradleyTerry, { margin: 0.5 }, pair)).loss).toBeCloseTo(0.513015, 5);
    expect((await run(bradleyTerry, { centring: 0.01 }, pair)).loss).toBeCloseTo(0.363654, 5);
  });

  it('learns nothing from a tie, and of nothing but ties is 0, not NaN', async () => {
    expect(await run(bradleyTerry, { centring: 1 }, { ...pair, labels: [[0]] })).toMatchObject({
      loss: 0,
      accuracy: 0,
      gradient: { a: [0], b: [0] },
    });
  });

  it('says what is missing where it is to read ratings that are not there', async () => {
    await expect(run(bradleyTerry, { margin: 'ratings' }, pair)).rejects.toThrow('the step has none');
  });
});

describe('the loss of PickScore', () => {
  it('is ln 2 for a preference at equal scores, and 0 for a tie at equal scores, which it learns from', async () => {
    expect((await run(pickscore, {}, one(0, 1))).loss).toBeCloseTo(Math.LN2, 6);
    const tie = await run(pickscore, {}, one(0, 0));
    expect(tie.loss).toBeCloseTo(0, 6);
    expect((await run(pickscore, {}, one(2, 0))).gradient.a[0]).toBeGreaterThan(0.3);
  });
});

describe('the swap of both sides, with their labels', () => {
  const number = fc.double({ min: -3, max: 3, noNaN: true });
  const rows = fc.array(fc.tuple(number, number), { minLength: 3, maxLength: 3 });
  const label = fc.constantFrom(1, -1, 0, 22);
  const labels = fc.array(fc.tuple(label, label), { minLength: 3, maxLength: 3 });
  const ratings = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 3, maxLength: 3 });
  it.each([
    [pickscore, {}],
    [bradleyTerryTies, {}],
    [bradleyTerry, { margin: 0.57 }],
    [bradleyTerry, { margin: 'ratings', scale: true, centring: 0.1 }],
    [scoreRegression, {}],
  ] as [ScoreObjective, Record<string, unknown>][])('changes nothing for $name with %j', (objective, options) =>
    fc.assert(
      fc.asyncProperty(rows, rows, labels, ratings, ratings, async (a, b, labels, ra, rb) => {
        const swapped = labels.map((row) => row.map((label) => (label === 22 ? 22 : 0 - label)));
        const here = await run(objective, options, { a, b, labels, ratings: { a: ra, b: rb } });
        const there = await run(objective, options, { a: b, b: a, labels: swapped, ratings: { a: rb, b: ra } });
        expect(there.loss).toBeCloseTo(here.loss, 5);
        expect(there.accuracy).toBeCloseTo(here.accuracy, 5);
        there.gradient.b.forEach((g, i) => {
          expect(g).toBeCloseTo(here.gradient.a[i] as number, 5);
        });
      }),
      { numRuns: 6 },
    ),
  );
});
