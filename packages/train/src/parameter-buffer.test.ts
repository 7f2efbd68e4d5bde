import { input } from '@bradley/graph';
import type { Initial, Trainable } from '@bradley/models';
import { describe, expect, it } from 'vitest';
import { initialise, parameterBuffer } from './parameter-buffer.js';

const trainable = (name: string, shape: number[], initial: Initial): Trainable => ({
  name,
  shape,
  initial,
  value: input(name, shape),
});
const a = trainable('a', [50, 40], { kind: 'normal', deviation: 0.5 });
const b = trainable('b', [3], { kind: 'ones' });
const c = trainable('c', [50, 40], { kind: 'uniform', bound: 0.1 });

describe('the buffer of parameters', () => {
  it('holds tensors one after the other, and a view is the buffer itself', () => {
    const { segments, values, views } = parameterBuffer([a, b]);
    expect(segments.map(({ offset }) => offset)).toEqual([0, 2000]);
    expect(values.length).toBe(2003);
    (views.b as Float32Array)[1] = 7;
    expect(values[2001]).toBe(7);
  });

  it('refuses numbers that do not fill it', () => {
    expect(() => parameterBuffer([b], new Float32Array(4))).toThrow('4 numbers do not fill 3 parameters');
  });

  it('is drawn by name and seed, whatever else is in it', () => {
    const draw = (of: Trainable[], seed: number) => {
      const buffer = parameterBuffer(of);
      initialise(buffer, of, seed);
      return buffer.views;
    };
    const views = draw([a, b, c], 1);
    expect(draw([c, a], 1).a).toEqual(views.a);
    expect(draw([a], 2).a).not.toEqual(views.a);
    expect(Array.from(views.b as Float32Array)).toEqual([1, 1, 1]);
    const spread = Math.sqrt((views.a as Float32Array).reduce((sum, x) => sum + x * x, 0) / 2000);
    expect(spread).toBeCloseTo(0.5, 1);
    expect(Math.max(...(views.c as Float32Array).map(Math.abs))).toBeLessThanOrEqual(0.1);
  });
});
