import { exponentialSigmas, karrasSigmas, sigmaAt, timestepOfSigma } from '../sigmas.js';
import { leading, linspace, requireSteps, roundHalfEven, type SpacingConfig, trailing } from '../timesteps.js';

export interface DpmScheduleConfig extends SpacingConfig {
  readonly beta_schedule: string;
  readonly use_karras_sigmas: boolean;
  readonly use_exponential_sigmas: boolean;
  readonly use_lu_lambdas: boolean;
  readonly use_flow_sigmas: boolean;
  readonly flow_shift: number;
  readonly final_sigmas_type: 'zero' | 'sigma_min';
  readonly lambda_min_clipped: number;
}

/**
 * Integer timesteps (n,) and σ (n + 1,) of DPM-Solver. It divides the range into steps + 1 points and leaves the last out, so
 * that the final step goes from the second-last point to the end. `table` is σ of every training timestep.
 */
export function dpmSchedule(config: DpmScheduleConfig, table: Float32Array, steps: number) {
  const { timesteps, sigmas } = spaceDpm(config, table, steps);
  const final = config.final_sigmas_type === 'zero' ? 0 : (table[0] as number);
  return { timesteps: timesteps.map(Math.trunc), sigmas: Float32Array.from([...sigmas, final]) };
}

function spaceDpm(config: DpmScheduleConfig, table: Float32Array, steps: number) {
  const { num_train_timesteps: T } = config;
  requireSteps(steps, T);
  const [min, max] = [table[0] as number, table[T - 1] as number];
  const chosen = [
    config.use_karras_sigmas,
    config.use_exponential_sigmas,
    config.use_lu_lambdas,
    config.use_flow_sigmas,
  ];
  if (chosen.filter(Boolean).length > 1) {
    throw new RangeError(
      'Only one of use_karras_sigmas, use_exponential_sigmas, use_lu_lambdas and use_flow_sigmas can be true: set the others to false.',
    );
  }
  // The cosine schedule is so steep at its end that rounding the timestep would lose it.
  const roundUnlessCosine = config.beta_schedule === 'squaredcos_cap_v2' ? (t: number) => t : roundHalfEven;

  if (config.use_karras_sigmas) {
    const sigmas = karrasSigmas(max, min, steps);
    return { sigmas, timesteps: sigmas.map((sigma) => roundUnlessCosine(timestepOfSigma(table, sigma))) };
  }
  if (config.use_lu_lambdas) {
    const [from, to] = [Math.fround(Math.log(max)), Math.fround(Math.log(min))];
    const sigmas = linspace(from, to, steps).map(Math.exp); // even steps in λ = −ln σ, from a float32 table
    return { sigmas, timesteps: sigmas.map((sigma) => roundUnlessCosine(timestepOfSigma(table, sigma))) };
  }
  if (config.use_exponential_sigmas) {
    const sigmas = exponentialSigmas(max, min, steps);
    return { sigmas, timesteps: sigmas.map((sigma) => timestepOfSigma(table, sigma)) };
  }
  if (config.use_flow_sigmas) {
    const { flow_shift: shift } = config;
    const alphas = linspace(1, 1 / T, steps + 1);
    const sigmas = alphas.map((alpha) => (shift * (1 - alpha)) / (1 + (shift - 1) * (1 - alpha)));
    sigmas.reverse().pop();
    return { sigmas, timesteps: sigmas.map((sigma) => sigma * T) };
  }
  const timesteps = spacedTimesteps(config, table, steps);
  return { timesteps, sigmas: timesteps.map((t) => sigmaAt(table, t)) };
}

function spacedTimesteps(config: DpmScheduleConfig, table: Float32Array, steps: number): number[] {
  const last = lastTimestep(config, table);
  switch (config.timestep_spacing) {
    case 'linspace':
      return linspace(0, last - 1, steps + 1)
        .map(roundHalfEven)
        .reverse()
        .slice(0, -1);
    case 'leading':
      return leading(Math.floor(last / (steps + 1)), steps + 1, config.steps_offset).slice(0, -1);
    case 'trailing':
      return trailing(last, config.num_train_timesteps / steps);
  }
}

/** The number of timesteps whose λ = −ln σ is at least lambda_min_clipped. */
function lastTimestep(
  { lambda_min_clipped: limit, num_train_timesteps: T }: DpmScheduleConfig,
  table: Float32Array,
): number {
  let last = T;
  while (last > 1 && -Math.log(table[last - 1] as number) < limit) last--;
  return last;
}
