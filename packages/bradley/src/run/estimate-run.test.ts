import { beforeAll, expect, it } from 'vitest';
import { estimateRun } from './estimate-run.js';
import { tinyRun, tinyWorkplace } from './tiny-model.test-support.js';

let base: string;
beforeAll(async () => {
  base = await tinyWorkplace();
});
const estimate = (overrides: Readonly<Record<string, unknown>>) => estimateRun(tinyRun(base, 'run', overrides));

it('needs more for more pairs, by their activations alone', async () => {
  const [one, four] = [await estimate({ 'train.batch': 1 }), await estimate({ 'train.batch': 4 })];
  expect(four.activations).toBeGreaterThan(2 * one.activations);
  expect(four.peak - one.peak).toBe(four.activations - one.activations);
});

it('counts the state of the optimiser, and all weights for full fine-tuning', async () => {
  const [lora, full] = [await estimate({}), await estimate({ 'adapter.kind': 'full' })];
  expect(full.trainable).toBe(full.parameters);
  expect(lora.trainable).toBeLessThan(lora.parameters);
  expect(full.optimizer).toBe(2 * 4 * full.trainable);
});

it('needs less for activations where blocks are computed again', async () => {
  const [kept, again] = [await estimate({}), await estimate({ 'train.recompute': true })];
  expect(again.activations).toBeLessThan(0.8 * kept.activations);
  expect(again.peak - kept.peak).toBe(again.activations - kept.activations);
});
