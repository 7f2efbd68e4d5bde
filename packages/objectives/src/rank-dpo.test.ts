import { graph, input } from '@bradley/graph';
import { evaluate } from '@bradley/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffusionDpo } from './diffusion-dpo.js';
import { pairWeights, rankDpo } from './rank-dpo.js';
import { runPair, sideOfErrors } from './run-pair.test-support.js';
import { runRanking } from './run-ranking.test-support.js';
import { weightedSft } from './weighted-sft.js';

/** Five rewards of four pictures, ranked: φ = 13/15, 9/15, 6/15, 1/15; s of each, best first. */
const phi = [13 / 15, 9 / 15, 6 / 15, 1 / 15];
const s = [-0.003, -0.001, 0.002, 0.001];
const sides = s.map((rise) => sideOfErrors([0.1 + rise], [0.1]));

const weightsOf = async (row: readonly number[], options: Parameters<typeof pairWeights>[1]): Promise<number[]> => {
  const { weights } = pairWeights(input('phi', [1, row.length]), options);
  const results = await evaluate(graph({ weights }), { phi: Float32Array.from(row) });
  return Array.from(results.weights?.data as Float32Array);
};

describe('the weights of RankDPO', () => {
  it('are gains times discounts, pair by pair', async () => {
    const found = await weightsOf(phi, { weights: 'dcg', logBase: 'natural' });
    [0.163852, 0.363514, 0.637499, 0.037062, 0.135329, 0.027225].forEach((weight, i) => {
      expect(found[i]).toBeCloseTo(weight, 6);
    });
  });

  it('are gains alone, or one, in the arms of the ablation, and nothing where φ is equal', async () => {
    const tied = [0.9, 0.4, 0.4];
    const [gain] = await weightsOf(tied, { weights: 'gain', logBase: 'natural' });
    expect(gain).toBeCloseTo(2 ** 0.9 - 2 ** 0.4, 6);
    expect(await weightsOf(tied, { weights: 'none', logBase: 'natural' })).toEqual([1, 1, 0]);
    for (const weights of ['dcg', 'gain'] as const)
      expect((await weightsOf(tied, { weights, logBase: '2' }))[2]).toBe(0);
  });
});

describe('the loss of RankDPO', () => {
  it('is the one computed by hand, whose β of 500 is 1000 here', async () => {
    const { loss, metrics } = await runRanking(rankDpo, { beta: 1000 }, sides, [phi]);
    expect(loss).toBeCloseTo(0.2373, 4);
    expect(metrics.implicitAccuracy).toBeCloseTo(5 / 6, 6);
    expect(metrics.chosenErrorOverReference).toBeCloseTo(-0.003, 6);
    expect(metrics.rejectedErrorOverReference).toBeCloseTo(0.001, 6);
    expect(metrics.modelError).toBeCloseTo((0.097 + 0.101) / 2, 6);
  });

  it('with discounts of base 2 is ln 2 times as large', async () =>
    expect((await runRanking(rankDpo, { beta: 1000, logBase: '2' }, sides, [phi])).loss).toBeCloseTo(0.164484, 4));

  it('is a mean over prompts', async () => {
    const twice = s.map((rise) => sideOfErrors([0.1 + rise, 0.1], [0.1, 0.1]));
    const one = (await runRanking(rankDpo, { beta: 1000 }, sides, [phi])).loss;
    const untrained = Math.LN2 * (await sumOfWeights(phi));
    expect((await runRanking(rankDpo, { beta: 1000 }, twice, [phi, phi])).loss).toBeCloseTo((one + untrained) / 2, 5);
  });
});

const sumOfWeights = async (row: readonly number[]): Promise<number> =>
  (await weightsOf(row, { weights: 'dcg', logBase: 'natural' })).reduce((a, b) => a + b, 0);

const number = fc.double({ min: -2, max: 2, noNaN: true });
const side = fc.record({
  target: fc.array(number, { minLength: 3, maxLength: 3 }),
  policy: fc.array(number, { minLength: 3, maxLength: 3 }),
});
const ranking = fc
  .array(fc.tuple(side, fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 2, maxLength: 8 })
  .map((members) => ({
    sides: members.map(([of]) => of),
    phi: members.map(([, p]) => p).toSorted((a, b) => b - a),
  }))
  .filter(({ phi }) => (phi[0] as number) - (phi.at(-1) as number) > 1e-3);

describe('an untrained policy', () => {
  it('has loss ln 2 · ΣΔ, whatever it predicts', () =>
    fc.assert(
      fc.asyncProperty(ranking, async ({ sides, phi }) => {
        const same = sides.map((of) => ({ ...of, reference: of.policy }));
        const { loss, metrics } = await runRanking(rankDpo, {}, same, [phi], 3);
        expect(loss).toBeCloseTo(Math.LN2 * (await sumOfWeights(phi)), 5);
        expect(metrics.implicitAccuracy).toBeCloseTo(0.5, 6);
      }),
      { numRuns: 12 },
    ));
});

describe('RankDPO of two candidates', () => {
  it('is Diffusion-DPO times |G₁ − G₂| · (1/ln 2 − 1/ln 3), with its gradient', () =>
    fc.assert(
      fc.asyncProperty(side, side, side, side, fc.double({ min: 0.6, max: 1, noNaN: true }), async (w, l, a, b, p) => {
        const [chosen, rejected] = [
          { ...w, reference: a.policy },
          { ...l, reference: b.policy },
        ];
        const factor = Math.abs(2 ** p - 2 ** (1 - p)) * (1 / Math.LN2 - 1 / Math.log(3));
        const dpo = await runPair(diffusionDpo, { beta: 4 }, { chosen, rejected }, 3);
        const ranked = await runRanking(rankDpo, { beta: 4 }, [chosen, rejected], [[p, 1 - p]], 3);
        expect(Math.abs(ranked.loss - factor * dpo.loss)).toBeLessThan(1e-5 * (1 + dpo.loss));
        for (const [i, g] of dpo.gradient.chosen.entries()) expect(ranked.gradient[0]?.[i]).toBeCloseTo(factor * g, 4);
        for (const [i, g] of dpo.gradient.rejected.entries())
          expect(ranked.gradient[1]?.[i]).toBeCloseTo(factor * g, 4);
        for (const name of ['implicitAccuracy', 'chosenErrorOverReference', 'modelError'])
          expect(ranked.metrics[name]).toBeCloseTo(dpo.metrics[name] as number, 4);
      }),
      { numRuns: 12 },
    ));
});

describe('candidates of equal φ', () => {
  it('are not set against each other: each is pulled by the others alone', async () => {
    const tied = await runRanking(rankDpo, { weights: 'none' }, sides.slice(0, 3), [[0.5, 0.5, 0.1]]);
    for (const i of [0, 1]) {
      const pair = await runRanking(rankDpo, { weights: 'none' }, [sides[i], sides[2]] as typeof sides, [[0.5, 0.1]]);
      expect(tied.gradient[i]?.[0]).toBeCloseTo(pair.gradient[0]?.[0] as number, 3);
    }
  });
});

describe('weighted fine-tuning', () => {
  it('is the mean error of the candidates, each weighed by its φ', async () => {
    const errors = [sideOfErrors([0.2, 0.4]), sideOfErrors([0.6, 0.1])];
    const { loss, gradient } = await runRanking(weightedSft, {}, errors, [
      [0.8, 0],
      [1, 0.5],
    ]);
    expect(loss).toBeCloseTo((0.8 * 0.2 + 1 * 0.4 + 0 * 0.6 + 0.5 * 0.1) / 2.3, 6);
    expect(gradient[1]?.[0]).toBe(0);
  });
});
