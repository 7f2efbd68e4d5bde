import { expect, it } from 'vitest';
import { deviation, summarise } from './compare.js';

const step = (loss: number, prediction: number[], gradient: number[]) => ({
  loss,
  prediction: Float32Array.from(prediction),
  gradient: Float32Array.from(gradient),
});

it('measures a step against the exact one, and takes the worst cosine of several', () => {
  const exact = step(0.5, [3, 4], [2, 0]);
  const turned = deviation(step(0.25, [3, 4.5], [2, 2]), exact);
  expect(turned).toEqual({ prediction: 0.1, loss: -0.25, cosine: expect.closeTo(Math.SQRT1_2), gradient: 1 });
  const same = deviation(exact, exact);
  expect(same).toEqual({ prediction: 0, loss: 0, cosine: 1, gradient: 0 });
  expect(summarise([turned, same])).toEqual({
    prediction: 0.05,
    loss: 0.125,
    cosine: expect.closeTo(Math.SQRT1_2),
    gradient: 0.5,
  });
});
