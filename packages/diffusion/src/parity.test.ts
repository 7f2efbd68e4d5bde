import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readSafetensors, type Tensor, toFloat32 } from '@bradley/formats';
import { describe, expect, it } from 'vitest';
import { addNoise, snr, velocity } from './add-noise.js';
import { combine } from './combine.js';
import { type NoiseScheduleConfig, noiseSchedule } from './noise-schedule.js';
import { flowMatchEuler, flowTrainingSigmas } from './samplers/flow-match-euler.js';
import { fromDiffusersConfig } from './samplers/index.js';
import type { Sampler } from './samplers/sampler.js';
import { stepLogProb } from './step-log-prob.js';

const round = Math.fround;

/** One comparison of a case: `error` is max|a − b| / max|b|, or the count of unequal numbers where the tolerance is 0. */
interface ParityRun {
  name: string;
  error: number;
  tolerance: number;
  detail?: string;
}

type Params = Record<string, unknown>;
interface Case {
  config: Params;
  tolerance: { out_rel: number };
  step?: string;
  runs?: Record<string, { scheduler: string; config: Params; steps: number; set_timesteps?: Params; step?: Params }>;
}
type Tensors = Map<string, Tensor>;

const cases = { sched_ddpm: ddpmRuns, sched_tables: tableRuns, sched_sampling: samplingRuns };

describe.each(Object.entries(cases))('%s of diffusers', async (name, runs) => {
  const path = (extension: string) => fileURLToPath(new URL(`../../../fixtures/${name}${extension}`, import.meta.url));
  const json = JSON.parse(await readFile(path('.json'), 'utf8')) as Case;
  const { tensors } = await readSafetensors(path('.io.safetensors'));
  const results = [...runs(json, tensors)];

  it.each(results)('matches $name', ({ error, tolerance, detail }) => {
    expect(error, detail).toBeLessThanOrEqual(tolerance);
  });

  it('leaves no stored output unchecked', () => {
    const checked = new Set(results.map((result) => result.name));
    const outputs = [...tensors.keys()].filter((key) => !/(^|\.)in\.|\.(noise|t)$/.test(key));
    expect(outputs.filter((key) => !checked.has(key))).toEqual([]);
  });
});

/** Case sched_ddpm: the tables, the forward process, and single steps of DDPM. */
function* ddpmRuns({ config, tolerance: { out_rel }, step = '' }: Case, io: Tensors): Generator<ParityRun> {
  const rel = (name: string, actual: ArrayLike<number>) => compare(io, name, actual, out_rel);
  // The named tables are diffusers' defaults; zero_snr is the case's own schedule, rescaled.
  const tables: [string, Params][] = [
    ['linear', { beta_schedule: 'linear' }],
    ['scaled_linear', config],
    ['squaredcos_cap_v2', { beta_schedule: 'squaredcos_cap_v2' }],
    ['zero_snr', { ...config, rescale_betas_zero_snr: true }],
  ];
  for (const [name, params] of tables) {
    const { betas, alphasCumprod } = noiseSchedule(params as NoiseScheduleConfig);
    yield rel(`out.${name}.betas`, betas);
    yield rel(`out.${name}.alphas_cumprod`, alphasCumprod);
  }

  const schedule = noiseSchedule(config as NoiseScheduleConfig);
  const [latents, noise] = [floats(io, 'in.latents'), floats(io, 'in.noise')];
  const timesteps = floats(io, 'in.timesteps');
  yield rel('out.add_noise', addNoise(schedule, latents, noise, timesteps));
  yield rel('out.velocity', velocity(schedule, latents, noise, timesteps));
  yield rel('out.snr', snr(schedule, timesteps));

  const steps = Number(/^(\d+) inference steps/.exec(step)?.[1]);
  for (const key of io.keys()) {
    const [, prefix, type] = /^(out\.step\.(\w+)\.\d+)\.t$/.exec(key) ?? [];
    if (!prefix) continue;
    const params = { clip_sample: false, ...config, prediction_type: type };
    const sampler = fromDiffusersConfig('DDPMScheduler', params).create(steps);
    const i = sampler.timesteps.indexOf(floats(io, key)[0] as number);
    const stepNoise = floats(io, `${prefix}.noise`);
    const x = latents.subarray(0, stepNoise.length);
    const output = noise.subarray(0, stepNoise.length);
    yield rel(`${prefix}.prev_sample`, sampler.step(output, i, x, stepNoise));
    yield rel(`${prefix}.pred_original`, sampler.predictX0(output, i, x));
    yield rel(`${prefix}.variance`, [sampler.noiseStd(i) ** 2]);
  }
}

/** Case sched_tables: `<scheduler>.<spacing>.<steps>.timesteps` and `.sigmas`, all of Stable Diffusion's schedule. */
function* tableRuns({ tolerance: { out_rel } }: Case, io: Tensors): Generator<ParityRun> {
  const sd = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', steps_offset: 1 };
  const classes: Record<string, [string, Params]> = {
    ddim: ['DDIMScheduler', {}],
    pndm: ['PNDMScheduler', { skip_prk_steps: true }],
    euler: ['EulerDiscreteScheduler', {}],
    euler_karras: ['EulerDiscreteScheduler', { use_karras_sigmas: true }],
    dpmpp: ['DPMSolverMultistepScheduler', {}],
    dpmpp_karras: ['DPMSolverMultistepScheduler', { use_karras_sigmas: true }],
  };
  for (const key of io.keys()) {
    const table = key.endsWith('.sigmas') ? 'sigmas' : 'timesteps';
    const flow = /^flow\.(train_)?shift([\d.]+?)(?:\.(\d+))?\.\w+$/.exec(key);
    if (flow) {
      const [, training, shift, steps] = flow;
      const params = { shift: Number(shift) };
      if (training) {
        const sigmas = flowTrainingSigmas(flowMatchEuler.config.parse(params));
        yield compare(io, key, table === 'sigmas' ? sigmas : sigmas.map((sigma) => sigma * 1000), out_rel);
      } else {
        const sampler = fromDiffusersConfig('FlowMatchEulerDiscreteScheduler', params).create(Number(steps));
        yield compare(io, key, sampler[table] ?? [], out_rel);
      }
    } else {
      const [scheduler = '', timestep_spacing, steps] = key.split('.');
      const [className, params] = classes[scheduler] ?? [scheduler, {}];
      const sampler = fromDiffusersConfig(className, { ...sd, timestep_spacing, ...params }).create(Number(steps));
      yield compare(io, key, sampler[table] ?? [], out_rel);
    }
  }
}

/**
 * Case sched_sampling: whole trajectories with the network out = 0.1 · input + c · (0.5 + t / 1000). A scheduler string may
 * carry arguments of `step`, as in "DDIMScheduler eta=1".
 */
function* samplingRuns({ tolerance: { out_rel }, runs = {} }: Case, io: Tensors): Generator<ParityRun> {
  for (const [name, run] of Object.entries(runs)) {
    const [className = '', ...args] = run.scheduler.split(' ');
    const stepArgs = Object.fromEntries(args.map((arg) => arg.split('=')).map(([key, value]) => [key, Number(value)]));
    const params = { ...run.config, ...run.set_timesteps, ...run.step, ...stepArgs };
    const sampler = fromDiffusersConfig(className, params).create(run.steps);
    const { samples, inputs, logProbs } = sampleWithFakeModel(sampler, name, io);
    const outputs: Record<string, ArrayLike<number>> = {
      timesteps: sampler.timesteps,
      sigmas: sampler.sigmas ?? [],
      samples,
      model_inputs: inputs,
      mean_logprob: logProbs,
    };
    for (const [output, actual] of Object.entries(outputs)) {
      if (io.has(`${name}.${output}`)) yield compare(io, `${name}.${output}`, actual, out_rel);
    }
  }
}

function sampleWithFakeModel(sampler: Sampler, name: string, io: Tensors) {
  const c = floats(io, `${name}.in.c`);
  const noises = io.has(`${name}.noise`) ? floats(io, `${name}.noise`) : undefined;
  let x = floats(io, `${name}.in.x0`);
  const [samples, inputs, logProbs]: number[][] = [[], [], []];
  for (const [i, t] of sampler.timesteps.entries()) {
    const input = sampler.scaleInput(x, i);
    const output = combine(0.1, input, round(0.5 + round(t / 1000)), c); // in float32: large σ shows the last bit
    const next = sampler.step(output, i, x, noises?.subarray(i * x.length, (i + 1) * x.length));
    if (io.has(`${name}.mean_logprob`)) {
      const mean = sampler.step(output, i, x, new Float32Array(x.length));
      logProbs?.push(stepLogProb(next, mean, sampler.noiseStd(i)));
    }
    inputs?.push(...input);
    samples?.push(...next);
    x = next;
  }
  return { samples: samples ?? [], inputs: inputs ?? [], logProbs: logProbs ?? [] };
}

function floats(io: Tensors, name: string): Float32Array {
  const tensor = io.get(name);
  if (!tensor) throw new Error(`the case has no tensor ${name}`);
  return tensor.dtype === 'int64' ? Float32Array.from(tensor.data as BigInt64Array, Number) : toFloat32(tensor);
}

function compare(io: Tensors, name: string, actual: ArrayLike<number>, tolerance: number): ParityRun {
  const expected = floats(io, name);
  if (actual.length !== expected.length) {
    return { name, error: Infinity, tolerance, detail: `${actual.length} numbers, expected ${expected.length}` };
  }
  const differences = expected.map((value, i) => Math.abs((actual[i] as number) - value));
  if (io.get(name)?.dtype === 'int64') return { name, error: differences.filter((d) => d !== 0).length, tolerance: 0 };
  const scale = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const error = differences.reduce((max, d) => (d > max || Number.isNaN(d) ? d : max), 0) / (scale || 1);
  return { name, error, tolerance };
}
