import { expect, it } from 'vitest';
import { graph } from './graph.js';
import { peakLiveBytes } from './live-memory.js';
import { add, exp, neg } from './ops/elementwise.js';
import { input } from './ops/leaf.js';
import { reshape } from './ops/shape.js';

const x = input('x', [10]);

it('frees a value after its last reader', () => {
  const chain = neg(exp(neg(exp(x)))); // two of 40 bytes at a time
  expect(peakLiveBytes(graph({ chain }))).toBe(80);
});

it('keeps what is read again, and what is returned', () => {
  const early = exp(x);
  expect(peakLiveBytes(graph({ y: add(neg(exp(early)), early), early }))).toBe(120);
});

it('counts no reshape and no feed', () => {
  expect(peakLiveBytes(graph({ y: reshape(exp(reshape(x, [5, 2])), [10]) }))).toBe(40);
});
