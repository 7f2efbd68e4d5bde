import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noiseSchedule } from './noise-schedule.js';
import { timestepOfSigma, trainingSigmas } from './sigmas.js';
import { integerTimesteps, roundHalfEven } from './timesteps.js';
import { trainingSchedule, trainingTimesteps } from './training-timesteps.js';

describe('the spacings', () => {
  // Lin et al. 2023, table 2, for T = 1000 and 10 steps; theirs count from 1.
  it.each([
    ['leading', [900, 800, 700, 600, 500, 400, 300, 200, 100, 0]],
    ['linspace', [999, 888, 777, 666, 555, 444, 333, 222, 111, 0]],
    ['trailing', [999, 899, 799, 699, 599, 499, 399, 299, 199, 99]],
  ] as const)('%s lies where the paper has it', (timestep_spacing, expected) => {
    const config = { num_train_timesteps: 1000, timestep_spacing, steps_offset: 0 };
    expect(integerTimesteps(config, 10)).toEqual(expected);
  });

  it('give as many timesteps as steps, falling, inside the table', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('leading', 'linspace', 'trailing'),
        fc.integer({ min: 1, max: 1000 }),
        (timestep_spacing, steps) => {
          const timesteps = integerTimesteps({ num_train_timesteps: 1000, timestep_spacing, steps_offset: 0 }, steps);
          expect(timesteps).toHaveLength(steps);
          expect(timesteps.every((t, i) => i === 0 || t < (timesteps[i - 1] as number))).toBe(true);
          expect(Math.min(...timesteps)).toBeGreaterThanOrEqual(0);
          expect(Math.max(...timesteps)).toBeLessThan(1000);
        },
      ),
      { examples: [['trailing', 49]] },
    ));

  it.each([0, 2.5, 1001, Number.NaN])('refuse %d steps', (steps) => {
    const config = { num_train_timesteps: 1000, timestep_spacing: 'leading', steps_offset: 0 } as const;
    expect(() => integerTimesteps(config, steps)).toThrow('integer from 1 to num_train_timesteps = 1000');
  });

  it('round halves to even, as numpy does', () => {
    expect([0.5, 1.5, 2.5, 499.5, 2.4, 2.6].map(roundHalfEven)).toEqual([0, 2, 2, 500, 2, 3]);
  });
});

it('finds the timestep of every σ of the table', () => {
  const table = trainingSigmas(noiseSchedule({}));
  for (const t of [0, 1, 500, 998, 999]) expect(timestepOfSigma(table, table[t] as number)).toBeCloseTo(t, 2);
});

describe('training timesteps', () => {
  const key = { seed: 1, step: 2, index: 0 };

  it('follow the rule they are drawn by', () => {
    const plain = [...trainingTimesteps('uniform', key, 1000)];
    expect(Math.max(...plain)).toBeGreaterThan(980);
    expect([...trainingTimesteps('refiner', key, 1000)]).toEqual(plain.map((t) => t % 200));
    expect(new Set(trainingTimesteps('turbo', key, 1000))).toEqual(new Set([249, 499, 749, 999]));
  });

  it('of a turbo model lie on a schedule that ends in pure noise, the others on the one of the config', () => {
    const config = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' } as const;
    const { alphasCumprod } = trainingSchedule('turbo', config);
    const expected = [0.654189, 0.242359, 0.033171, 0]; // by hand from Lin et al. 2023, algorithm 1
    for (const [i, t] of [249, 499, 749, 999].entries()) expect(alphasCumprod[t]).toBeCloseTo(expected[i] as number, 6);
    for (const rule of ['uniform', 'refiner'] as const)
      expect(trainingSchedule(rule, config)).toEqual(noiseSchedule(config));
  });

  it('are the same for the same step and others for the next', () => {
    expect(trainingTimesteps('uniform', key, 8)).toEqual(trainingTimesteps('uniform', key, 8));
    expect(trainingTimesteps('uniform', key, 8)).not.toEqual(trainingTimesteps('uniform', { ...key, step: 3 }, 8));
  });

  it('refuse a rule that is meant for another schedule', () => {
    expect(() => trainingTimesteps('turbo', key, 1, 500)).toThrow("'turbo' is defined for 1000");
  });
});
