import { noiseSchedule } from '@bradley/diffusion';
import { describe, expect, it } from 'vitest';
import { noiseFeeds } from './noise-feeds.js';

const schedule = noiseSchedule({ beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' });
const draw = { seed: 3, step: 7, batch: 200, elements: 6 };

describe('the noise of a batch', () => {
  it('is one draw to a group, a function of seed and step', () => {
    const feeds = noiseFeeds(schedule, draw);
    expect(feeds.noise).toHaveLength(1200);
    expect(feeds.timesteps).toHaveLength(200);
    expect(noiseFeeds(schedule, draw)).toEqual(feeds);
    expect(noiseFeeds(schedule, { ...draw, step: 8 }).noise).not.toEqual(feeds.noise);
    expect(noiseFeeds(schedule, { ...draw, seed: 4 }).timesteps).not.toEqual(feeds.timesteps);
  });

  it('has shares of signal and spread whose squares sum to one, by the timestep', () => {
    const { timesteps, signal, spread } = noiseFeeds(schedule, draw);
    timesteps.forEach((t, i) => {
      expect((signal[i] as number) ** 2 + (spread[i] as number) ** 2).toBeCloseTo(1, 6);
      expect((signal[i] as number) ** 2).toBeCloseTo(schedule.alphasCumprod[t] as number, 6);
    });
  });

  it('falls on all timesteps alike', () => {
    const { timesteps } = noiseFeeds(schedule, { ...draw, batch: 4000, elements: 1 });
    expect(Math.min(...timesteps)).toBeLessThan(5);
    expect(Math.max(...timesteps)).toBeGreaterThan(994);
    expect(timesteps.reduce((sum, t) => sum + t, 0) / 4000 / 499.5).toBeCloseTo(1, 1);
  });
});
