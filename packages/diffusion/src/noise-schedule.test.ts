import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addNoise, predictEpsilon, predictionTarget, predictX0 } from './add-noise.js';
import { flowNoisy, flowVelocity } from './flow-path.js';
import { classifierFreeGuidance } from './guidance.js';
import { noiseSchedule } from './noise-schedule.js';

const stableDiffusion = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' } as const;

describe('the noise schedule', () => {
  it.each([
    [{}, { 0: 0.99915, 249: 0.675432, 499: 0.27767, 749: 0.056623, 999: 0.00466 }],
    [{ rescale_betas_zero_snr: true }, { 249: 0.654189, 499: 0.242359, 749: 0.033171, 999: 0 }],
  ])("has Stable Diffusion's published values, with %o", (extra, expected) => {
    const { alphasCumprod } = noiseSchedule({ ...stableDiffusion, ...extra });
    for (const [t, value] of Object.entries(expected)) expect(alphasCumprod[Number(t)]).toBeCloseTo(value, 5);
  });

  it('takes given betas as they are', () => {
    expect([...noiseSchedule({ trained_betas: [0.5, 0.5] }).alphasCumprod]).toEqual([0.5, 0.25]);
  });

  it('refuses a timestep outside the table', () => {
    const one = Float32Array.of(1);
    expect(() => addNoise(noiseSchedule({}), one, one, [1000])).toThrow('Timestep 1000 is outside');
  });
});

describe('the forward process', () => {
  const numbers = (length: number) =>
    fc.array(fc.float({ min: -3, max: 3, noNaN: true }), { minLength: length, maxLength: length });

  it.each(['epsilon', 'sample', 'v_prediction'] as const)('is undone by a perfect %s prediction', (type) =>
    fc.assert(
      fc.property(numbers(6), numbers(6), fc.tuple(fc.nat(900), fc.nat(900)), (image, noise, timesteps) => {
        const schedule = noiseSchedule(stableDiffusion);
        const [x0, epsilon] = [Float32Array.from(image), Float32Array.from(noise)];
        const noisy = addNoise(schedule, x0, epsilon, timesteps);
        const prediction = predictionTarget(schedule, type, x0, epsilon, timesteps);
        const back = predictX0(schedule, type, prediction, noisy, timesteps);
        const backNoise = predictEpsilon(schedule, type, prediction, noisy, timesteps);
        back.forEach((value, i) => {
          expect(value).toBeCloseTo(x0[i] as number, 4);
        });
        backNoise.forEach((value, i) => {
          expect(value).toBeCloseTo(epsilon[i] as number, 3); // ÷ √(1 − ᾱ₀) = 0.03
        });
      }),
    ),
  );

  it('refuses tensors that are not one row per timestep', () => {
    expect(() => addNoise(noiseSchedule({}), new Float32Array(3), new Float32Array(3), [0, 0])).toThrow('2 timesteps');
  });

  it('runs straight from image to noise for a flow', () => {
    const [x0, noise] = [Float32Array.of(1, 1, 1), Float32Array.of(3, 3, 3)];
    expect([...flowNoisy(x0, noise, [0, 0.25, 1])]).toEqual([1, 1.5, 3]);
    expect([...flowVelocity(x0, noise)]).toEqual([2, 2, 2]);
  });
});

describe('classifier-free guidance', () => {
  it('is the conditional prediction at scale 1 and moves past it above', () => {
    const [uncond, cond] = [Float32Array.of(1), Float32Array.of(3)];
    expect([...classifierFreeGuidance(uncond, cond, 1)]).toEqual([3]);
    expect([...classifierFreeGuidance(uncond, cond, 7.5)]).toEqual([16]);
  });
});
