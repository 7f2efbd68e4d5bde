import type { NoiseSchedule } from './noise-schedule.js';
import { linspace } from './timesteps.js';

/**
 * Noise levels σ_t = √((1 − ᾱ_t) / ᾱ_t), the noise per unit of image, in which Karras et al. 2022 (arXiv:2206.00364) and
 * the samplers of k-diffusion think.
 */

const round = Math.fround;

/** σ of every training timestep, rising with t, (T,). */
export function trainingSigmas(schedule: NoiseSchedule): Float32Array {
  return schedule.alphasCumprod.map((alphaCumprod) => Math.sqrt(round(round(1 - alphaCumprod) / alphaCumprod)));
}

/**
 * A zero terminal SNR makes the last σ infinite; diffusers' σ samplers put 2⁻²⁴ (the least half-precision number) in place
 * of ᾱ = 0.
 */
export function withFiniteSigmas(schedule: NoiseSchedule, zeroTerminalSnr: boolean): NoiseSchedule {
  if (!zeroTerminalSnr) return schedule;
  const alphasCumprod = schedule.alphasCumprod.slice();
  alphasCumprod[alphasCumprod.length - 1] = 2 ** -24;
  return { ...schedule, alphasCumprod };
}

/** σ at a fractional timestep: linear between table entries, constant outside. */
export function sigmaAt(table: Float32Array, timestep: number): number {
  const last = table.length - 1;
  if (timestep <= 0) return table[0] as number;
  if (timestep >= last) return table[last] as number;
  const i = Math.floor(timestep);
  const low = table[i] as number;
  return low + ((table[i + 1] as number) - low) * (timestep - i);
}

/**
 * The fractional timestep of a σ: linear in ln σ from the last table entry not above it, clamped to the table. The last and
 * not the first, because a table with zero terminal SNR falls at its end.
 */
export function timestepOfSigma(table: Float32Array, sigma: number): number {
  const logSigma = Math.log(Math.max(sigma, 1e-10));
  const logAt = (i: number) => round(Math.log(table[i] as number));
  let low = table.length - 1;
  while (low > 0 && logAt(low) > logSigma) low--;
  low = Math.min(low, table.length - 2);
  const w = (logAt(low) - logSigma) / (logAt(low) - logAt(low + 1));
  const clamped = Math.min(Math.max(w, 0), 1);
  return (1 - clamped) * low + clamped * (low + 1);
}

/** Karras et al. 2022, eq. 5, with ρ = 7: even steps in σ^(1/ρ), from max to min. */
export function karrasSigmas(max: number, min: number, count: number): number[] {
  const rho = 7;
  const [from, to] = [max ** (1 / rho), min ** (1 / rho)];
  return linspace(0, 1, count).map((ramp) => (from + ramp * (to - from)) ** rho);
}

/** Even steps in ln σ, from max to min. */
export function exponentialSigmas(max: number, min: number, count: number): number[] {
  return linspace(Math.log(max), Math.log(min), count).map(Math.exp);
}
