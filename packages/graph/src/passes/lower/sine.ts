import { add, cast, greater, mul, sub, where } from '../../ops/elementwise.js';
import { constant } from '../../ops/leaf.js';
import type { Value } from '../../value.js';
import type { Lowering } from './index.js';

/**
 * Sine and cosine from + − ×. Shading languages only promise them to 2⁻¹¹ between −π and π, and nothing beyond, while a timestep
 * embedding takes them of angles up to 1000. These are within 3e-7 for |x| < 30,000. For small tensors: each is some thirty
 * passes.
 *
 * With k the whole number nearest to x/π and r = x − kπ: sin x = (−1)ᵏ sin r, cos x = (−1)ᵏ cos r, by their Taylor series.
 */
export const sineRows: Lowering = {
  Sin: (_node, [x]) => {
    const { r, sign } = reduced(x);
    const square = mul(r, r);
    return [mul(sign, mul(r, horner(square, [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800])))];
  },
  Cos: (_node, [x]) => {
    const { r, sign } = reduced(x);
    const square = mul(r, r);
    return [mul(sign, horner(square, [1, -1 / 2, 1 / 24, -1 / 720, 1 / 40320, -1 / 3628800, 1 / 479001600]))];
  },
};

/** π as the sum of three numbers, of which k times the first two is exact. Cody & Waite 1980; the split is Cephes'. */
const pi = [201 / 64, 9.675025939941406e-4, 1.5099579909783765e-7];

function reduced(x: Value): { r: Value; sign: Value } {
  const turns = mul(x, 1 / Math.PI);
  const k = whole(add(turns, where(greater(turns, 0), 0.5, -0.5)));
  const r = pi.reduce((rest, part) => sub(rest, mul(k, part)), x);
  const odd = sub(k, mul(2, whole(mul(k, 0.5)))); // −1, 0 or 1
  return { r, sign: sub(1, mul(2, mul(odd, odd))) };
}

/** x without what is behind its point. */
const whole = (x: Value): Value => cast(cast(x, 'int32'), 'float32');

/** c₀ + c₁ x + c₂ x² + … */
function horner(x: Value, [first, ...rest]: readonly number[]): Value {
  return rest.length === 0 ? constant(first as number) : add(first as number, mul(x, horner(x, rest)));
}
