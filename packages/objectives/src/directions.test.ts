import { abs, add, backward, constant, graph, input, inputsOf, mul, sub, sum, type Value } from '@bradley/graph';
import { evaluate, normal } from '@bradley/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffusionDpo } from './diffusion-dpo.js';
import { mapo, mapoV2 } from './mapo.js';
import type { DenoisingPair, DenoisingRanking } from './objective.js';
import { rankDpo } from './rank-dpo.js';
import { sft } from './sft.js';
import { weightedSft } from './weighted-sft.js';

const shape = [3, 2, 2, 1] as const;
const count = 12;
const draw = (seed: number, stream: string): Float32Array => normal({ seed, stream, step: 0, index: 0 }, count);
const fixed = (seed: number, stream: string): Value => constant(draw(seed, stream), shape);
const step = 1e-2;

/** A pair objective as a function of the policy's two predictions, everything else drawn at random. */
type PairLoss = (pair: DenoisingPair, beta: number) => Value;

const dpo =
  (loss: 'sigmoid' | 'hinge' | 'ipo', anchor: number): PairLoss =>
  (pair, beta) =>
    diffusionDpo.loss(pair, { beta, loss, anchor }).loss;

/** A ranking of three: the pair, and the chosen side once more with half of what the policy predicts. */
const rankingOf = ({ chosen, rejected }: DenoisingPair): DenoisingRanking => ({
  sides: [chosen, rejected, { ...chosen, policy: mul(chosen.policy, 0.5) }],
  phi: constant([1, 0.5, 0, 0.9, 0.3, 0.3, 0.6, 0.5, 0.4], [3, 3]),
});

const objectives: Record<string, PairLoss> = {
  'diffusion-dpo': dpo('sigmoid', 0),
  'diffusion-dpo with hinge': dpo('hinge', 0),
  'diffusion-dpo with ipo': dpo('ipo', 0),
  'diffusion-dpo with an anchor': dpo('sigmoid', 0.5),
  mapo: (pair, beta) => mapo.loss(pair, { beta, snrValue: 0.5, timesteps: 5 }).loss,
  'mapo-v2': (pair, beta) => mapoV2.loss(pair, { beta: beta + 0.5 }).loss,
  'rank-dpo': (pair, beta) => rankDpo.loss(rankingOf(pair), { beta, weights: 'dcg', logBase: 'natural' }).loss,
  'weighted-sft': (pair) => weightedSft.loss(rankingOf(pair), {}).loss,
  sft: ({ chosen }) => sft.loss(chosen, {}).loss,
};

/** The slope along a random direction: by the gradient, and by the loss a step ahead and a step behind. */
async function slopes(loss: PairLoss, seed: number, beta: number, soft: boolean) {
  const [chosenInput, rejectedInput] = [input('chosen', shape), input('rejected', shape)];
  const along = [fixed(seed, 'v chosen'), fixed(seed, 'v rejected')] as const;
  const at = (shift: number): Value => {
    const side = (policy: Value, direction: Value, name: string) => ({
      target: fixed(seed, `target ${name}`),
      policy: shift === 0 ? policy : add(policy, mul(direction, shift)),
      reference: { prediction: fixed(seed, `reference ${name}`) },
    });
    const preference = soft ? constant([0.5, 0.8, 1], [3]) : null;
    return loss(
      { chosen: side(chosenInput, along[0], 'w'), rejected: side(rejectedInput, along[1], 'l'), preference },
      beta,
    );
  };
  const here = at(0);
  const products = backward(here, [chosenInput, rejectedInput]).map((g, i) => mul(g, along[i] as Value));
  const over = (f: (x: Value) => Value): Value => products.map((x) => sum(f(x))).reduce((a, b) => add(a, b));
  const of = graph({
    exact: over((x) => x),
    scale: over(abs),
    ahead: mul(sub(at(step), here), 1 / step),
    behind: mul(sub(here, at(-step)), 1 / step),
  });
  const feeds = inputsOf(of).map(({ name }) => [name, draw(seed, `policy ${name}`)] as const);
  const results = await evaluate(of, Object.fromEntries(feeds));
  return (['exact', 'scale', 'ahead', 'behind'] as const).map((name) => Number(results[name]?.data[0]));
}

describe.each(Object.entries(objectives))('the gradient of %s', (name, loss) => {
  /** Hinge and anchor have kinks, where the slope may be that of either side; elsewhere the mean of both is better. */
  const kinks = name.includes('hinge') || name.includes('anchor');
  it('agrees with finite differences along a random direction', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.double({ min: 0.1, max: 2, noNaN: true }),
        fc.boolean(),
        async (seed, beta, soft) => {
          const [exact = Number.NaN, scale = 0, ahead = 0, behind = 0] = await slopes(loss, seed, beta, soft);
          const [low, high] = kinks
            ? [Math.min(ahead, behind), Math.max(ahead, behind)]
            : [(ahead + behind) / 2, (ahead + behind) / 2];
          const tolerance = 1e-2 * (scale + 0.1);
          expect(exact).toBeGreaterThan(low - tolerance);
          expect(exact).toBeLessThan(high + tolerance);
        },
      ),
      { numRuns: 12 },
    ));
});
