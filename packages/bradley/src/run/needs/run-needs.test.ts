import { beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../../open-model.js';
import { tinyRun, tinyWorkplace } from '../tiny-model.test-support.js';
import { estimateRun } from './estimate-run.js';
import { bytesOf, type Phase } from './part.js';
import { type DataCounts, runNeeds } from './run-needs.js';

let base: string;
beforeAll(async () => {
  base = await tinyWorkplace();
});
const counts: DataCounts = { groups: 12, sides: 2, pictures: 24, prompts: 6, softLabels: false };
const needs = async (overrides: Readonly<Record<string, unknown>>, data = counts) => {
  const config = tinyRun(base, 'run', overrides);
  return runNeeds(config, await openModel(config.model), data);
};
const phase = ({ phases }: { phases: readonly Phase[] }, name: string) =>
  phases.find((of) => of.name === name)?.parts ?? [];
const part = (of: { phases: readonly Phase[] }, name: string, of2 = 'training') =>
  phase(of, of2).find((found) => found.name === name)?.bytes ?? 0;

describe('the memory of a run', () => {
  it('is that of its largest phase, and a phase is the sum of its parts', async () => {
    const { phases, largest, peak } = await needs({ 'validate.every': 2 });
    expect(peak).toBe(Math.max(...phases.map(({ parts }) => bytesOf(parts))));
    expect(phases).toContain(largest);
    expect(phases.map(({ name }) => name)).toEqual([
      'encoding pictures',
      'encoding prompts',
      'training',
      'judging held-out pairs',
      'sampling: prompts',
      'sampling: denoising',
      'sampling: decoding',
    ]);
  });

  it('grows with the pairs of a batch by the activations, and falls by recomputing them', async () => {
    const name = 'step: activations and workspace';
    const [one, many] = [await needs({ 'train.batch': 1 }), await needs({ 'train.batch': 64 })];
    expect(part(many, name)).toBeGreaterThan(8 * part(one, name));
    expect(part(await needs({ 'train.batch': 64, 'train.recompute': true }), name)).toBeLessThan(
      0.8 * part(many, name),
    );
  });

  it('counts parameters, both gradients, the state of the optimiser and the average of full fine-tuning', async () => {
    const full = await needs({ 'adapter.kind': 'full', 'train.ema': { decay: 0.9 } });
    const each = 4 * full.parameters;
    expect(full.trainable).toBe(full.parameters);
    for (const [name, times] of [
      ['parameters', 1],
      ['accumulated gradients', 1],
      ['gradients that a step returns', 1],
      ['state of adamw', 2],
      ['running average', 1],
    ] as const)
      expect(part(full, name)).toBe(times * each);
  });

  it('counts what is encoded, which stays: each picture and each prompt once', async () => {
    const name = 'encoded pictures and prompts';
    const more = { ...counts, pictures: counts.pictures + 10, prompts: counts.prompts + 3 };
    const added = part(await needs({}, more), name) - part(await needs({}), name);
    expect(added).toBe(4 * (10 * 2 * 4 * 8 * 8 + 3 * 12 * 16));
  });

  it('counts the data itself, and a pass for fixed draws', async () => {
    const { phases } = await estimateRun(tinyRun(base, 'run', { 'train.noiseDraws': 2 }));
    expect(phases.map(({ name }) => name)).toContain('reference errors of the fixed draws');
    expect(part({ phases }, 'encoded pictures and prompts')).toBe(
      part(await needs({}), 'encoded pictures and prompts'),
    );
  });
});
