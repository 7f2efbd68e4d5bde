import {
  addNoise,
  flowTrainingSigmas,
  fromDiffusersConfig,
  type NoiseScheduleConfig,
  noiseSchedule,
  type Sampler,
  samplers,
  snr,
  stepLogProb,
  velocity,
} from '@bradley/diffusion';
import { type Tensor, toFloat32 } from '@bradley/formats';
import { type Case, find, grouped, maxDifference, type Part, type RunResult, readPart, relativeError } from './case.js';

type Params = Record<string, unknown>;
type Tensors = Map<string, Tensor>;
interface Schedule {
  readonly config: Params;
  readonly tolerance: { readonly out_rel: number };
  readonly step?: string;
  readonly runs?: Record<
    string,
    { scheduler: string; config: Params; steps: number; set_timesteps?: Params; step?: Params }
  >;
}

/** A case of schedulers: its parts, gathered into a line per run. */
const schedulerCase =
  (parts: (json: Schedule, io: Tensors) => Generator<Part>, runOf: (part: string) => string) =>
  async (of: Case): Promise<RunResult[]> =>
    grouped(of.name, [...parts(of.json as unknown as Schedule, await readPart(of, 'io'))], runOf);

export const schedulerCases = {
  ddpm: schedulerCase(ddpmRuns, (part) =>
    part
      .split('.')
      .slice(1, part.includes('.step.') ? 3 : 2)
      .join('.'),
  ),
  tables: schedulerCase(tableRuns, (part) => part.split('.').slice(0, 2).join('.')),
  sampling: schedulerCase(samplingRuns, (part) => part.split('.')[0] as string),
};

const round = Math.fround;

/** Case sched_ddpm: the tables, the forward process, and single steps of DDPM. */
function* ddpmRuns({ config, tolerance: { out_rel }, step = '' }: Schedule, io: Tensors): Generator<Part> {
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
function* tableRuns({ tolerance: { out_rel } }: Schedule, io: Tensors): Generator<Part> {
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
        const sigmas = flowTrainingSigmas(samplers['flow-match-euler'].config.parse(params));
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
function* samplingRuns({ tolerance: { out_rel }, runs = {} }: Schedule, io: Tensors): Generator<Part> {
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
    const output = input.map((value, j) => 0.1 * value + round(0.5 + round(t / 1000)) * (c[j] as number)); // in float32: large σ shows the last bit
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
  const tensor = find(io, name);
  return tensor.dtype === 'int64' ? Float32Array.from(tensor.data as BigInt64Array, Number) : toFloat32(tensor);
}

/** Whole numbers must be equal; the rest is compared relatively. */
function compare(io: Tensors, at: string, actual: ArrayLike<number>, tolerance: number): Part {
  const expected = floats(io, at);
  if (find(io, at).dtype === 'int64') return { at, error: maxDifference(actual, expected), tolerance: 0.5 };
  return { at, error: relativeError(actual, expected), tolerance };
}
