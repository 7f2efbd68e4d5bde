import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Matrix, product, squareSvd, thinQr, transposed } from './thin-svd.js';

const numbers = fc.oneof(
  fc.constant(0),
  fc.integer({ min: -9, max: 9 }),
  fc.float({ min: -1000, max: 1000, noNaN: true }),
);
const matrix = (rows: number, columns: number): fc.Arbitrary<Matrix> =>
  fc
    .array(numbers, { minLength: rows * columns, maxLength: rows * columns })
    .map((of) => ({ rows, columns, data: Float64Array.from(of) }));
const tall = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 9 }))
  .chain(([n, more]) => matrix(n + more, n));
const square = fc.integer({ min: 1, max: 7 }).chain((n) => matrix(n, n));

/** Products of equal columns, so that ranks are less than sizes. */
const deficient = fc
  .tuple(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 2 }))
  .chain(([n, rank]) => fc.tuple(matrix(n, rank), matrix(rank, n)).map(([a, b]) => product(a, b)));

function expectClose(a: Matrix, b: Matrix, scale: number): void {
  expect([a.rows, a.columns]).toEqual([b.rows, b.columns]);
  for (const [i, x] of a.data.entries())
    expect(Math.abs(x - (b.data[i] as number))).toBeLessThanOrEqual(1e-12 * (scale || 1));
}
const size = ({ data }: Matrix) => Math.sqrt(data.reduce((sum, x) => sum + x * x, 0));
const identity = (n: number): Matrix => ({
  rows: n,
  columns: n,
  data: Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) ? 0 : 1)),
});

it('is Q R with orthonormal columns and a triangle, whatever the rank', () =>
  fc.assert(
    fc.property(fc.oneof(tall, deficient), (M) => {
      const { Q, R } = thinQr(M);
      expectClose(product(Q, R), M, size(M));
      expectClose(product(transposed(Q), Q), identity(M.columns), 1);
      for (let i = 0; i < R.rows; i++)
        for (let j = 0; j < i; j++) expect(Object.is(Math.abs(R.data[i * R.columns + j] as number), 0)).toBe(true);
    }),
  ));

it('is U S Vᵀ with falling S, orthonormal where S is not zero', () =>
  fc.assert(
    fc.property(fc.oneof(square, deficient), (M) => {
      const { U, S, V } = squareSvd(M);
      const n = M.columns;
      const scaled = { ...U, data: U.data.map((u, i) => u * (S[i % n] as number)) };
      expectClose(product(scaled, transposed(V)), M, size(M));
      expectClose(product(transposed(V), V), identity(n), 1);
      expect([...S]).toEqual([...S].sort((a, b) => b - a));
      const UtU = product(transposed(U), U);
      const small = 1e-9 * (S[0] as number);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++)
          if (Math.min(S[i] as number, S[j] as number) > small)
            expect(UtU.data[i * n + j]).toBeCloseTo(i === j ? 1 : 0, 5);
    }),
  ));

it('finds known singular values', () => {
  const { S } = squareSvd({ rows: 2, columns: 2, data: Float64Array.of(3, 0, 4, 5) });
  expect(S[0]).toBeCloseTo(Math.sqrt(45), 12);
  expect(S[1]).toBeCloseTo(Math.sqrt(5), 12);
});
