import {
  add,
  cast,
  cos,
  div,
  type ElementwiseOps,
  erf,
  exp,
  greater,
  log,
  mul,
  neg,
  pow,
  sigmoid,
  sin,
  sub,
  where,
} from '../ops/elementwise.js';
import type { Vjp } from './vjp.js';

/**
 * Reverse-mode rules of the elementwise ops. For y = Op(a, b, …) and g = ∂ℒ/∂y, a row returns the gradient of each input, or
 * null where none flows. A missing row, or a row of the wrong arity, does not compile.
 */
export const elementwiseVjps: { [Op in keyof ElementwiseOps]: Vjp<Op> } = {
  Add: (g) => [g, g],
  Sub: (g) => [g, neg(g)],
  Mul: (g, _y, [a, b]) => [mul(g, b), mul(g, a)],
  Div: (g, y, [, b]) => {
    const toA = div(g, b);
    return [toA, neg(mul(toA, y))];
  },
  // To b only where a > 0: elsewhere the power is no function of a real exponent.
  Pow: (g, y, [a, b]) => [mul(g, mul(b, pow(a, sub(b, 1)))), mul(g, mul(y, log(where(greater(a, 0), a, 1))))],
  Neg: (g) => [neg(g)],
  Exp: (g, y) => [mul(g, y)],
  Log: (g, _y, [x]) => [div(g, x)],
  Sqrt: (g, y) => [div(mul(g, 0.5), y)],
  Sin: (g, _y, [x]) => [mul(g, cos(x))],
  Cos: (g, _y, [x]) => [neg(mul(g, sin(x)))],
  Tanh: (g, y) => [mul(g, sub(1, mul(y, y)))],
  Erf: (g, _y, [x]) => [mul(g, mul(2 / Math.sqrt(Math.PI), exp(neg(mul(x, x)))))],
  Abs: (g, _y, [x]) => [where(greater(x, 0), g, neg(g))],
  Relu: (g, y) => [where(greater(y, 0), g, 0)],
  Sigmoid: (g, y) => [mul(g, mul(y, sub(1, y)))],
  Softplus: (g, _y, [x]) => [mul(g, sigmoid(x))],
  // d(x σ) = σ + y (1 − σ)
  Silu: (g, y, [x]) => {
    const s = sigmoid(x);
    return [mul(g, add(s, mul(y, sub(1, s))))];
  },
  // d(x Φ) = Φ + x φ
  Gelu: (g, _y, [x]) => {
    const cdf = mul(0.5, add(1, erf(mul(x, Math.SQRT1_2))));
    const pdf = mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, mul(x, x))));
    return [mul(g, add(cdf, mul(x, pdf)))];
  },
  QuickGelu: (g, y, [x]) => {
    const s = sigmoid(mul(1.702, x));
    return [mul(g, add(s, mul(1.702, mul(y, sub(1, s)))))];
  },
  Greater: () => [null, null],
  Less: () => [null, null],
  Equal: () => [null, null],
  Where: (g, _y, [mask]) => [null, where(mask, g, 0), where(mask, 0, g)],
  Cast: (g, _y, [x]) => [x.dtype === 'float32' || x.dtype === 'float16' ? cast(g, x.dtype) : null],
  StopGradient: () => [null],
};
