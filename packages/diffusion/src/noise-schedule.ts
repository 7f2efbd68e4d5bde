import { z } from 'zod';

/**
 * The variance-preserving forward process x_t = √ᾱ_t x₀ + √(1 − ᾱ_t) ε with ᾱ_t = ∏_{s ≤ t} (1 − β_s). Tables are float32
 * and built with float32 arithmetic where diffusers does so, because samplers divide their small differences.
 */
export interface NoiseSchedule {
  /** β_t, (T,) */
  readonly betas: Float32Array;
  /** ᾱ_t, (T,) */
  readonly alphasCumprod: Float32Array;
}

/** The keys of a diffusers scheduler_config.json that say what the noise schedule is, with diffusers' defaults. */
export const noiseScheduleFields = {
  num_train_timesteps: z.int().min(2).default(1000),
  beta_start: z.number().positive().default(0.0001),
  beta_end: z.number().positive().default(0.02),
  beta_schedule: z.enum(['linear', 'scaled_linear', 'squaredcos_cap_v2']).default('linear'),
  trained_betas: z.array(z.number()).min(2).nullable().default(null),
};

const schema = z.object({ ...noiseScheduleFields, rescale_betas_zero_snr: z.boolean().default(false) });
export type NoiseScheduleConfig = z.output<typeof schema>;

const round = Math.fround;

/** The schedule of a diffusers configuration. Keys that do not concern the schedule are ignored. */
export function noiseSchedule(config: z.input<typeof schema>): NoiseSchedule {
  const parsed = schema.parse(config);
  const betas = parsed.trained_betas
    ? Float32Array.from(parsed.trained_betas)
    : betaTables[parsed.beta_schedule](parsed);
  return fromBetas(parsed.rescale_betas_zero_snr ? rescaleZeroTerminalSnr(betas) : betas);
}

/** ᾱ is accumulated in float64 and stored as float32, as torch.cumprod does on a CPU. */
function fromBetas(betas: Float32Array): NoiseSchedule {
  let product = 1;
  const alphasCumprod = betas.map((beta) => {
    product *= round(1 - beta);
    return product;
  });
  return { betas, alphasCumprod };
}

const betaTables: Record<NoiseScheduleConfig['beta_schedule'], (config: NoiseScheduleConfig) => Float32Array> = {
  linear: (config) => linspace32(config.beta_start, config.beta_end, config.num_train_timesteps),
  /** Latent diffusion: linear in √β. */
  scaled_linear: (config) =>
    linspace32(Math.sqrt(config.beta_start), Math.sqrt(config.beta_end), config.num_train_timesteps).map((b) => b * b),
  /** Nichol & Dhariwal 2021, arXiv:2102.09672, eq. 17, with β capped at 0.999. */
  squaredcos_cap_v2: ({ num_train_timesteps: T }) => {
    const alphaBar = (t: number) => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2;
    return Float32Array.from({ length: T }, (_, i) => Math.min(1 - alphaBar((i + 1) / T) / alphaBar(i / T), 0.999));
  },
};

/** torch.linspace in float32: counted from both ends. */
function linspace32(start: number, end: number, count: number): Float32Array {
  const [first, last] = [round(start), round(end)];
  const step = round(round(last - first) / (count - 1));
  return Float32Array.from({ length: count }, (_, i) =>
    i < Math.floor(count / 2) ? first + round(step * i) : last - round(step * (count - 1 - i)),
  );
}

/**
 * Shifts and scales √ᾱ so that the last timestep is pure noise and the first stays as it is. Lin et al. 2023,
 * arXiv:2305.08891, algorithm 1: √ᾱ′ = (√ᾱ − √ᾱ_T) · √ᾱ_0 / (√ᾱ_0 − √ᾱ_T).
 */
export function rescaleZeroTerminalSnr(betas: Float32Array): Float32Array {
  const roots = fromBetas(betas).alphasCumprod.map(Math.sqrt);
  const first = roots[0] as number;
  const last = roots[roots.length - 1] as number;
  const scale = round(first / round(first - last));
  const alphasCumprod = roots.map((root) => round(round(root - last) * scale) ** 2);
  return alphasCumprod.map((alpha, i) => 1 - (i === 0 ? alpha : round(alpha / (alphasCumprod[i - 1] as number))));
}

/** ᾱ at an integer timestep. An index outside the table is an error, not undefined. */
export function alphaCumprodAt(schedule: NoiseSchedule, timestep: number): number {
  const value = schedule.alphasCumprod[timestep];
  if (value === undefined) {
    throw new RangeError(
      `Timestep ${timestep} is outside the noise schedule, which has timesteps 0 to ${schedule.alphasCumprod.length - 1}. ` +
        'Use fewer steps or a smaller steps_offset.',
    );
  }
  return value;
}
