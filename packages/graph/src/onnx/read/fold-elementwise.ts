import { broadcastShapes, type DType } from '../../value.js';
import { broadcastTo, type Known, known } from './known.js';
import { OnnxError } from './onnx-error.js';
import type { Fold, Folds } from './row.js';
import { storageType } from './tensor.js';

const unary =
  (f: (x: number) => number, result?: DType): Fold =>
  (_node, [x]) => {
    const { dtype, shape, data } = x as Known;
    return known(result ?? dtype, shape, data.map(f));
  };

/** Any number of operands, which broadcast. */
const variadic =
  (f: (a: number, b: number, dtype: DType) => number, result?: DType): Fold =>
  (node, inputs) =>
    inputs.reduce((a, b) => {
      const shape = broadcastShapes(node.op, a.shape, b.shape);
      const [x, y] = [broadcastTo(a, shape).data, broadcastTo(b, shape).data];
      return known(
        result ?? a.dtype,
        shape,
        x.map((number, i) => f(number, y[i] as number, a.dtype)),
      );
    });

const isInteger = (dtype: DType): boolean => dtype === 'int64' || dtype === 'int32';

function quotient(a: number, b: number, dtype: DType): number {
  if (isInteger(dtype) && b === 0) throw new OnnxError('an integer is divided by zero');
  return isInteger(dtype) ? Math.trunc(a / b) : a / b;
}

/** Half to even. */
function round(x: number): number {
  const near = Math.round(x);
  return near - x === 0.5 && near % 2 !== 0 ? near - 1 : near;
}

export const elementwiseFolds: Folds = {
  Add: variadic((a, b) => a + b),
  Sub: variadic((a, b) => a - b),
  Mul: variadic((a, b) => a * b),
  Div: variadic(quotient),
  Pow: variadic((a, b) => a ** b),
  // The sign of the divisor, or with fmod that of the dividend.
  Mod: (node, inputs) => variadic((a, b) => (node.int('fmod', 0) ? a % b : a - Math.floor(a / b) * b))(node, inputs),
  Min: variadic((a, b) => Math.min(a, b)),
  Max: variadic((a, b) => Math.max(a, b)),
  Equal: variadic((a, b) => (a === b ? 1 : 0), 'bool'),
  Greater: variadic((a, b) => (a > b ? 1 : 0), 'bool'),
  GreaterOrEqual: variadic((a, b) => (a >= b ? 1 : 0), 'bool'),
  Less: variadic((a, b) => (a < b ? 1 : 0), 'bool'),
  LessOrEqual: variadic((a, b) => (a <= b ? 1 : 0), 'bool'),
  And: variadic((a, b) => a && b, 'bool'),
  Or: variadic((a, b) => a || b, 'bool'),
  Xor: variadic((a, b) => (a !== b ? 1 : 0), 'bool'),
  Not: unary((x) => (x ? 0 : 1), 'bool'),
  IsNaN: unary((x) => (Number.isNaN(x) ? 1 : 0), 'bool'),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sign: unary(Math.sign),
  Sqrt: unary(Math.sqrt),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Round: unary(round),
  Reciprocal: unary((x) => 1 / x),

  Cast(node, [x]) {
    const { shape, data } = x as Known;
    const { dtype } = storageType(node.int('to'), 'the result');
    return known(dtype, shape, isInteger(dtype) ? data.map(Math.trunc) : data);
  },

  Where(node, [mask, a, b]) {
    const [m, x, y] = [mask, a, b] as [Known, Known, Known];
    const shape = broadcastShapes(node.op, m.shape, broadcastShapes(node.op, x.shape, y.shape));
    const [choice, yes, no] = [m, x, y].map((of) => broadcastTo(of, shape).data) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    return known(
      x.dtype,
      shape,
      yes.map((number, i) => (choice[i] ? number : (no[i] as number))),
    );
  },

  Clip(_node, [x, low, high]) {
    const { dtype, shape, data } = x as Known;
    const [least, most] = [low?.data[0] ?? Number.NEGATIVE_INFINITY, high?.data[0] ?? Number.POSITIVE_INFINITY];
    return known(
      dtype,
      shape,
      data.map((number) => Math.min(Math.max(number, least), most)),
    );
  },
};
