import fc from 'fast-check';
import { expect, it } from 'vitest';
import { applyLook, lookAxes } from './looks.js';
import { planPair } from './plan-pair.js';

const same = { warm: 0, light: 0, vivid: 0 };

it('plans the same pair for the same prompt and seed, and another for another', () => {
  expect(planPair('cat', 7)).toEqual(planPair('cat', 7));
  const looks = Array.from({ length: 30 }, (_, seed) => JSON.stringify(planPair('cat', seed).looks));
  expect(new Set(looks).size).toBeGreaterThan(10);
});

it('plans two opposite looks, of one strong and one weaker axis', () =>
  fc.assert(
    fc.property(fc.string(), fc.nat(), (prompt, seed) => {
      const [a, b] = planPair(prompt, seed).looks;
      for (const axis of lookAxes) expect(a[axis] + b[axis]).toBe(0);
      expect(lookAxes.map((axis) => Math.abs(a[axis])).sort()).toEqual([0, 0.6, 1]);
    }),
  ));

it('shows every side of every axis about equally often, on either side', () => {
  const first = Array.from({ length: 600 }, (_, seed) => planPair('star', seed).looks[0]);
  for (const axis of lookAxes)
    for (const sign of [-1, 1]) {
      const count = first.filter((look) => look[axis] === sign).length;
      expect(count).toBeGreaterThan(70); // of 100 expected
      expect(count).toBeLessThan(130);
    }
});

const picture = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 });

it('leaves a picture as it is without a look, and paper white with one', () =>
  fc.assert(
    fc.property(picture, fc.constantFrom(...lookAxes), fc.constantFrom(-1, 1), (values, axis, sign) => {
      const image = Float32Array.from(values);
      applyLook(image, same).forEach((value, i) => {
        expect(value).toBeCloseTo(image[i] as number, 5);
      });
      const white = new Float32Array(12).fill(1);
      expect(applyLook(white, { ...same, [axis]: sign })).toEqual(white);
    }),
  ));

it('moves a colour the way that the look says', () => {
  const green = Float32Array.of(-0.2, 0.4, -0.4);
  const [r = 0, , b = 0] = applyLook(green, { ...same, warm: 1 });
  expect([r > -0.2, b < -0.4]).toEqual([true, true]);
  const [coldR = 0, , coldB = 0] = applyLook(green, { ...same, warm: -1 });
  expect([coldR < -0.2, coldB > -0.4]).toEqual([true, true]);
  const sum = (image: Float32Array): number => image.reduce((a, v) => a + v, 0);
  expect(sum(applyLook(green, { ...same, light: 1 }))).toBeGreaterThan(sum(green));
  expect(sum(applyLook(green, { ...same, light: -1 }))).toBeLessThan(sum(green));
  const spread = (image: Float32Array): number => Math.max(...image) - Math.min(...image);
  expect(spread(applyLook(green, { ...same, vivid: 1 }))).toBeGreaterThan(spread(green));
  expect(spread(applyLook(green, { ...same, vivid: -1 }))).toBeLessThan(spread(green));
});
