import { input } from '@bradley/graph';
import { expect, it } from 'vitest';
import type { Trainable } from '../nn/params.js';
import { adapterFeeds } from './adapter-feeds.js';

const trainable = (name: string, shape: number[]): Trainable => ({
  name,
  shape,
  value: input(name, shape),
  initial: { kind: 'zeros' },
});
const trainables = [trainable('q.lora_A.weight', [1, 2]), trainable('q.lora_B.weight', [2, 1])];
const config = { rank: 1, alpha: 1, targets: ['q'] };
const tensors = { 'q.lora_A.weight': Float32Array.of(1, 2), 'q.lora_B.weight': Float32Array.of(3, 4) };

it('scales B alone, and feeds zeros without an adapter', () => {
  expect(adapterFeeds(trainables, { config, tensors, strength: 2 })).toEqual({
    'q.lora_A.weight': Float32Array.of(1, 2),
    'q.lora_B.weight': Float32Array.of(6, 8),
  });
  expect(adapterFeeds(trainables, null)['q.lora_B.weight']).toEqual(new Float32Array(2));
});

it('refuses a tensor that is missing, of another size, or without a place', () => {
  const given = (change: object) => () => adapterFeeds(trainables, { config, tensors: { ...tensors, ...change } });
  expect(() => adapterFeeds(trainables, { config, tensors: {} })).toThrow(/nothing for q\.lora_A\.weight/);
  expect(given({ 'q.lora_A.weight': new Float32Array(3) })).toThrow(/3 numbers for q\.lora_A\.weight/);
  expect(given({ 'other.lora_A.weight': new Float32Array(1) })).toThrow(
    /other\.lora_A\.weight, which this model has no place for/,
  );
});
