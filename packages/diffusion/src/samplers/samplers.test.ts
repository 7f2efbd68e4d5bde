import { describe, expect, it } from 'vitest';
import { createSampler, fromDiffusersConfig, type SamplerName, samplerNames } from './index.js';
import type { Sampler } from './sampler.js';

const stableDiffusion = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' };
/** Keys without which a sampler refuses, and an end of the trajectory that is the clean image. */
const needed: Partial<Record<SamplerName, object>> = { pndm: { skip_prk_steps: true, set_alpha_to_one: true } };

/** Walks from x with a network that knows x₀ as a function of x and the noise level. */
function sample(sampler: Sampler, x: Float32Array, modelOutput: (x: Float32Array, i: number) => Float32Array) {
  let current = x;
  for (const i of sampler.timesteps.keys()) {
    current = sampler.step(modelOutput(current, i), i, current, new Float32Array(x.length).fill(0.3));
  }
  return current;
}

/** All that take a prediction of the sample. */
const samplePredicting = samplerNames.filter((name) => !['euler-ancestral', 'pndm', 'flow-match-euler'].includes(name));

it.each(samplePredicting)('%s arrives at the image that a sample prediction always names', (name) => {
  const image = Float32Array.of(0.5, -0.25, 0.75);
  const params = { ...stableDiffusion, ...needed[name], prediction_type: 'sample' };
  const sampler = createSampler(name, params, 10);
  const x = Float32Array.of(1, 2, 3).map((value) => value * sampler.initNoiseSigma);
  const end = sample(sampler, x, () => image);
  end.forEach((value, i) => {
    expect(value).toBeCloseTo(image[i] as number, 4);
  });
});

describe.each(samplerNames)('%s', (name) => {
  it('gives the same trajectory again from step 0', () => {
    const sampler = createSampler(name, { ...stableDiffusion, ...needed[name] }, 7);
    const walk = () => sample(sampler, Float32Array.of(1, -2), (x, i) => sampler.scaleInput(x, i).map((v) => v * 0.1));
    expect(walk()).toEqual(walk());
  });

  it('does not touch its arguments', () => {
    const sampler = createSampler(name, { ...stableDiffusion, ...needed[name] }, 4);
    const [x, output, noise] = [Float32Array.of(1), Float32Array.of(2), Float32Array.of(3)];
    sampler.scaleInput(x, 0);
    sampler.predictX0(output, 0, x);
    sampler.step(output, 0, x, noise);
    expect([...x, ...output, ...noise]).toEqual([1, 2, 3]);
  });
});

describe('accuracy', () => {
  // Images N(0, s²) have the exact denoiser x₀ = s² x / (s² + σ²) and trajectories x(σ) ∝ √(s² + σ²).
  function errorOf(name: SamplerName): number {
    const s2 = 0.25;
    const params = { ...stableDiffusion, use_karras_sigmas: true, prediction_type: 'sample' };
    const sampler = createSampler(name, params, 20);
    const sigmas = sampler.sigmas as Float32Array;
    const denoise = (x: Float32Array, i: number) => x.map((v) => (v * s2) / (s2 + (sigmas[i] as number) ** 2));
    const exact = Math.sqrt(s2) / Math.sqrt(s2 + (sigmas[0] as number) ** 2);
    return Math.abs((sample(sampler, Float32Array.of(1), denoise)[0] as number) / exact - 1);
  }

  it('is higher for Heun than for Euler', () => {
    expect(errorOf('heun')).toBeLessThan(0.02);
    expect(errorOf('euler')).toBeGreaterThan(5 * errorOf('heun'));
  });
});

describe('a scheduler_config.json', () => {
  it('is read as Stable Diffusion XL publishes it', () => {
    const { name, config } = fromDiffusersConfig('EulerDiscreteScheduler', {
      _class_name: 'EulerDiscreteScheduler',
      _diffusers_version: '0.19.0.dev0',
      ...stableDiffusion,
      clip_sample: false,
      interpolation_type: 'linear',
      num_train_timesteps: 1000,
      prediction_type: 'epsilon',
      sample_max_value: 1.0,
      set_alpha_to_one: false,
      skip_prk_steps: true,
      steps_offset: 1,
      timestep_spacing: 'leading',
      trained_betas: null,
      use_karras_sigmas: null,
    });
    expect(name).toBe('euler');
    expect(config).toMatchObject({ timestep_spacing: 'leading', use_karras_sigmas: false, final_sigmas_type: 'zero' });
  });

  it('is refused with every problem at once', () => {
    const params = { beta_schedule: 'sigmoid', thresholding: true, algorithm_type: 'sde-dpmsolver++', betta: 1 };
    expect(() => fromDiffusersConfig('DPMSolverMultistepScheduler', params)).toThrowErrorMatchingInlineSnapshot(`
      [RangeError: The configuration of DPMSolverMultistepScheduler cannot be used:
        betta: no supported scheduler has this key
        beta_schedule: Invalid option: expected one of "linear"|"scaled_linear"|"squaredcos_cap_v2"
        algorithm_type: "sde-dpmsolver++" is not supported: only dpmsolver++ is built, which solves for x0 and takes no fresh noise
        thresholding: true is not supported: dynamic thresholding is for pixel-space models and is not built
      Correct scheduler_config.json, or choose another sampler.]
    `);
  });

  it('is refused where diffusers would take the Runge–Kutta start', () => {
    expect(() => fromDiffusersConfig('PNDMScheduler', {})).toThrow('skip_prk_steps: leaving it out is not supported');
  });

  it('is refused for a class that is not built, naming those that are', () => {
    expect(() => fromDiffusersConfig('UniPCMultistepScheduler', {})).toThrow(/UniPC.*Supported: DDPMScheduler, DDIM/);
  });

  it('is refused where an epsilon model meets zero terminal SNR', () => {
    const params = { rescale_betas_zero_snr: true, timestep_spacing: 'trailing' };
    const x = Float32Array.of(1);
    expect(() => createSampler('ddim', params, 4).step(x, 0, x)).toThrow('zero terminal SNR');
  });
});

describe('a step', () => {
  const x = Float32Array.of(1, 2);

  it('asks for the noise it needs', () => {
    const sampler = createSampler('ddim', { ...stableDiffusion, eta: 1 }, 4);
    expect(sampler.noiseStd(0)).toBeGreaterThan(0);
    expect(() => sampler.step(x, 0, x)).toThrow('needs 2 numbers of N(0, 1) as its fourth argument, but got none');
  });

  it.each(['dpm-solver-multistep', 'heun', 'pndm'] as const)('of %s is refused out of order', (name) => {
    const sampler = createSampler(name, { ...needed[name] }, 4);
    sampler.step(x, 0, x);
    expect(() => sampler.step(x, 2, x)).toThrow('after step 0 comes 1 or 0, not 2');
  });

  it('refuses an output of another shape', () => {
    expect(() => createSampler('ddim', {}, 4).step(Float32Array.of(1), 0, x)).toThrow('shapes must agree');
  });
});
