import { backward, graph, input, inputsOf, mean, mul, reshape, type Value } from '@bradley/graph';
import { diffusionDpo, errorOverReference, type Objective, objective, sft } from '@bradley/objectives';
import { evaluate } from '@bradley/runtime';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type DenoisingShapes, denoisingErrors, denoisingLoss, type Network } from './denoising.js';

const shapes: DenoisingShapes = {
  batch: 1,
  latent: [2, 1, 1],
  conditions: { encoderHiddenStates: [3, 4] },
  predictionType: 'epsilon',
};
const a = input('a', []);
/** A network of one parameter, a · x, and its reference with a = ¼. */
const networks: { policy: Network; reference: Network } = {
  policy: (noisy) => mul(a, noisy),
  reference: (noisy) => mul(noisy, 0.25),
};
const beta4 = diffusionDpo.options.parse({ beta: 4 });

/** ᾱ = 0.64, ε = (½, ½), x₀ʷ = (1, −2), x₀ˡ = (0, 1). */
const feeds = {
  a: Float32Array.of(0.3),
  latents: Float32Array.of(1, -2, 0, 1),
  noise: Float32Array.of(0.5, 0.5),
  signal: Float32Array.of(0.8),
  spread: Float32Array.of(0.6),
};
/** (N, …) → (N, 1, 1, 1) */
const perRow = (x: Value): Value => reshape(x.shape.length > 1 ? mean(x, [1, 2]) : x, [-1, 1, 1, 1]);
const first = (results: Awaited<ReturnType<typeof evaluate>>, name: string) => Number(results[name]?.data[0]);

describe('the denoising loss', () => {
  it('of Diffusion-DPO is the one computed by hand, from latents and noise on', async () => {
    const { loss } = denoisingLoss(diffusionDpo, beta4, networks, shapes);
    const [slope] = backward(loss, [a]) as [Value];
    const results = await evaluate(graph({ loss, slope }), feeds);
    expect(first(results, 'loss')).toBeCloseTo(0.757068, 5);
    expect(first(results, 'slope')).toBeCloseTo(1.359258, 5);
  });

  it('has the velocity as its target where the model predicts it', async () => {
    const predict = (latents: number[], velocity: number[]) => {
      const network: Network = (noisy) => mul(noisy, 0);
      const { loss } = denoisingLoss(
        sft,
        {},
        { policy: network, reference: null },
        { ...shapes, predictionType: 'v_prediction' },
      );
      const { a: _a, ...rest } = feeds;
      return evaluate(graph({ loss }), { ...rest, latents: Float32Array.from(latents) }).then((results) =>
        expect(first(results, 'loss')).toBeCloseTo(
          velocity.reduce((sum, v) => sum + v ** 2 / 2, 0),
          5,
        ),
      );
    };
    await predict([1, -2], [-0.2, 1.6]);
    await predict([0, 1], [0.4, -0.2]);
  });

  it('takes what a pair shares once: noise, timestep, prompt; and both pictures', () => {
    const { loss } = denoisingLoss(
      diffusionDpo,
      beta4,
      {
        policy: (noisy, timesteps, { encoderHiddenStates }) => {
          expect([noisy.shape, timesteps.shape, encoderHiddenStates?.shape]).toEqual([[6, 2, 1, 1], [6], [6, 3, 4]]);
          return mul(mul(a, noisy), mul(perRow(timesteps), perRow(encoderHiddenStates as Value)));
        },
        reference: networks.reference,
      },
      { ...shapes, batch: 3 },
    );
    const inputs = Object.fromEntries(inputsOf(graph({ loss })).map(({ name, shape }) => [name, shape]));
    expect(inputs).toEqual({
      a: [],
      latents: [6, 2, 1, 1],
      noise: [3, 2, 1, 1],
      timesteps: [3],
      signal: [3],
      spread: [3],
      encoderHiddenStates: [3, 3, 4],
    });
  });

  it('gives both sides of a pair the same noise: the same picture twice is no preference', async () => {
    const { loss, metrics } = denoisingLoss(diffusionDpo, beta4, networks, shapes);
    const results = await evaluate(graph({ loss, margin: metrics.margin as Value }), {
      ...feeds,
      latents: Float32Array.of(1, -2, 1, -2),
    });
    expect(first(results, 'margin')).toBeCloseTo(0, 9);
    expect(first(results, 'loss')).toBeCloseTo(Math.LN2, 6);
  });

  it('needs a reference where the objective compares with one', () => {
    const without = { policy: networks.policy, reference: null };
    expect(() => denoisingLoss(diffusionDpo, beta4, without, shapes)).toThrow(
      'diffusion-dpo compares with a reference',
    );
  });

  it('builds no reference where the objective has none', () => {
    const unused: Network = () => {
      throw new Error('built');
    };
    const { loss } = denoisingLoss(sft, {}, { policy: networks.policy, reference: unused }, shapes);
    expect(inputsOf(graph({ loss })).find(({ name }) => name === 'latents')?.shape).toEqual([1, 2, 1, 1]);
  });

  it('is the same, and so is its slope, where the errors of the reference are fed', async () => {
    const lossAndSlope = async (reference: Network | 'fed', more: Record<string, Float32Array>) => {
      const { loss, metrics } = denoisingLoss(diffusionDpo, beta4, { policy: networks.policy, reference }, shapes);
      const [slope] = backward(loss, [a]) as [Value];
      const results = await evaluate(graph({ loss, slope, ...metrics }), { ...feeds, ...more });
      return Object.keys(results).map((name) => first(results, name));
    };
    const { a: _a, ...noised } = feeds;
    const errors = denoisingErrors(networks.reference, shapes, 2);
    expect(errors.shape).toEqual([2]);
    const { errors: kept } = await evaluate(graph({ errors }), noised);
    const fed = await lossAndSlope('fed', { referenceErrors: kept?.data as Float32Array });
    const whole = await lossAndSlope(networks.reference, {});
    expect(fed).toHaveLength(whole.length);
    for (const [i, value] of fed.entries()) expect(value).toBeCloseTo(whole[i] as number, 6);
    expect(await lossAndSlope('fed', { referenceErrors: Float32Array.of(1, 2) })).not.toEqual(whole);
  });

  it('refuses errors in place of a prediction that the objective declares to need', () => {
    const distilling = objective({
      name: 'distilling',
      needs: { prediction: 'denoising', group: 'one', reference: 'prediction' },
      usesTies: false,
      options: z.object({}),
      loss: (side) => ({ loss: mean(errorOverReference(side)), metrics: {} }),
    }) as Objective<'one'>;
    const of = (reference: Network | 'fed') =>
      denoisingLoss(distilling, {}, { policy: networks.policy, reference }, shapes);
    expect(of(networks.reference).loss.shape).toEqual([]);
    expect(() => of('fed')).toThrow('distilling needs what the reference predicts, not only its errors');
  });
});
