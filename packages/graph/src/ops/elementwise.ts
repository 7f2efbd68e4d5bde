import { broadcastShapes, commonType, type DType, make, type Value } from '../value.js';
import { type Operand, operand } from './leaf.js';
import type { None } from './table.js';

type Unary = { inputs: [Value]; attributes: None };
type Binary = { inputs: [Value, Value]; attributes: None };

export interface ElementwiseOps {
  Add: Binary;
  Sub: Binary;
  Mul: Binary;
  Div: Binary;
  /** a to the power b */
  Pow: Binary;
  Neg: Unary;
  Exp: Unary;
  Log: Unary;
  Sqrt: Unary;
  Sin: Unary;
  Cos: Unary;
  Tanh: Unary;
  Erf: Unary;
  Abs: Unary;
  Relu: Unary;
  Sigmoid: Unary;
  Softplus: Unary;
  /** x · σ(x) */
  Silu: Unary;
  /** x · Φ(x), with the error function */
  Gelu: Unary;
  /** x · σ(1.702 x), as OpenAI's CLIP */
  QuickGelu: Unary;
  Greater: Binary;
  Less: Binary;
  Equal: Binary;
  Where: { inputs: [Value, Value, Value]; attributes: None };
  Cast: { inputs: [Value]; attributes: { to: DType } };
  StopGradient: Unary;
}

type BinaryOp = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Greater' | 'Less' | 'Equal';
type UnaryOp = { [Op in keyof ElementwiseOps]: ElementwiseOps[Op] extends Unary ? Op : never }[keyof ElementwiseOps];

const binary =
  (op: BinaryOp, result?: DType) =>
  (a: Operand, b: Operand): Value => {
    const dtype = typeof a !== 'number' ? a.dtype : typeof b !== 'number' ? b.dtype : 'float32';
    const [x, y] = [operand(a, dtype), operand(b, dtype)];
    commonType(op, [x, y]);
    return make(op, [x, y], {}, { dtype: result ?? dtype, shape: broadcastShapes(op, x.shape, y.shape) });
  };

const unary =
  (op: Exclude<UnaryOp, 'Cast'>) =>
  (x: Value): Value =>
    make(op, [x], {}, x);

export const add = binary('Add');
export const sub = binary('Sub');
export const mul = binary('Mul');
export const div = binary('Div');
export const pow = binary('Pow');
export const greater = binary('Greater', 'bool');
export const less = binary('Less', 'bool');
export const equal = binary('Equal', 'bool');
export const neg = unary('Neg');
export const exp = unary('Exp');
export const log = unary('Log');
export const sqrt = unary('Sqrt');
export const sin = unary('Sin');
export const cos = unary('Cos');
export const tanh = unary('Tanh');
export const erf = unary('Erf');
export const abs = unary('Abs');
export const relu = unary('Relu');
export const sigmoid = unary('Sigmoid');
export const softplus = unary('Softplus');
export const silu = unary('Silu');
export const gelu = unary('Gelu');
export const quickGelu = unary('QuickGelu');
/** x, as a constant for the backward pass. */
export const stopGradient = unary('StopGradient');

/** log σ(x) = −softplus(−x), which overflows nowhere. */
export const logSigmoid = (x: Value): Value => neg(softplus(neg(x)));

/** Elementwise choice: a where mask, else b. All three broadcast. */
export function where(mask: Value, a: Operand, b: Operand): Value {
  const dtype = typeof a !== 'number' ? a.dtype : typeof b !== 'number' ? b.dtype : 'float32';
  const [x, y] = [operand(a, dtype), operand(b, dtype)];
  if (mask.dtype !== 'bool') throw new TypeError(`Where: the mask is ${mask.dtype}, need bool`);
  commonType('Where', [x, y]);
  const shape = broadcastShapes('Where', mask.shape, broadcastShapes('Where', x.shape, y.shape));
  return make('Where', [mask, x, y], {}, { dtype, shape });
}

/** x in another element type; x itself if it has that type already. */
export function cast(x: Value, to: DType): Value {
  return x.dtype === to ? x : make('Cast', [x], { to }, { dtype: to, shape: x.shape });
}

/** x · x */
export const square = (x: Value): Value => mul(x, x);
