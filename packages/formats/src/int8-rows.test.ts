import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromInt8Rows, toInt8Rows } from './int8-rows.js';

/** Far from the end of float32, where 127 times a rounded scale may lie above it. */
const finite = fc.float({ noNaN: true, min: -(2 ** 100), max: 2 ** 100 });
const matrices = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9 }))
  .chain(([rows, columns]) =>
    fc.tuple(fc.constant(rows), fc.array(finite, { minLength: rows * columns, maxLength: rows * columns })),
  );

it('moves no number by more than half the scale of its row', () =>
  fc.assert(
    fc.property(matrices, ([rows, numbers]) => {
      const matrix = Float32Array.from(numbers);
      const quantised = toInt8Rows(matrix, rows);
      const back = fromInt8Rows(quantised);
      for (const [i, w] of matrix.entries()) {
        const scale = quantised.scales[Math.floor((i * rows) / matrix.length)] as number;
        const far = Math.abs(w - (back[i] as number));
        // The scale and the product are each rounded once more, by 2^-24 of what they are.
        expect(far).toBeLessThanOrEqual(scale === 0 ? 127 * 2 ** -126 : (scale / 2) * (1 + 1e-4));
      }
    }),
    { numRuns: 500 },
  ));

it('keeps the largest magnitude of a row at 127, its sign, and zeros', () => {
  const { values, scales } = toInt8Rows(Float32Array.of(1, -2, 0, 0.5, 0, 0, 0, 0), 2);
  expect([...scales]).toEqual([Math.fround(2 / 127), 0]);
  expect([...values]).toEqual([64, -127, 0, 32, 0, 0, 0, 0]); // 63.5 and 31.75
});

it('rounds ties to even', () => {
  const { values } = toInt8Rows(Float32Array.of(127, 0.5, 1.5, -0.5, -2.5), 1);
  expect([...values]).toEqual([127, 0, 2, 0, -2]);
});

it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %s, and says where it is', (bad) => {
  expect(() => toInt8Rows(Float32Array.of(1, 2, 3, bad, 5, 6), 3)).toThrow('row 1 has a number that is not finite');
});
