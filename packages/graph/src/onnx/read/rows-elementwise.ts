import {
  abs,
  add,
  cast,
  cos,
  div,
  equal,
  erf,
  exp,
  greater,
  less,
  log,
  mul,
  neg,
  pow,
  sin,
  sqrt,
  square,
  sub,
  tanh,
  where,
} from '../../ops/elementwise.js';
import { foreign } from '../../ops/foreign.js';
import type { Operand } from '../../ops/leaf.js';
import { broadcastShapes, type DType, type Value } from '../../value.js';
import { type Item, valueItem } from './item.js';
import { OnnxError } from './onnx-error.js';
import { always, type Read, type Rows } from './row.js';
import { storageType } from './tensor.js';

const unary =
  (op: (x: Value) => Value): Read =>
  (node) =>
    op(node.value(0));
const binary =
  (op: (a: Operand, b: Operand) => Value): Read =>
  (node) =>
    op(node.value(0), node.value(1));
const variadic =
  (op: (a: Value, b: Value) => Value): Read =>
  (node) =>
    Array.from({ length: node.inputs }, (_, i) => node.value(i)).reduce(op);

/** An operator whose result carries no gradient: comparisons, logic, rounding. */
const flat =
  (result?: DType): Read =>
  (node) => {
    const inputs = Array.from({ length: node.inputs }, (_, i) => node.value(i));
    const shape = inputs.map((x) => x.shape).reduce((a, b) => broadcastShapes(node.op, a, b));
    const dtype = result ?? (inputs[0] as Value).dtype;
    return foreign(node.op, inputs, { place: node.place, flat: true }, [{ dtype, shape }]);
  };

/** Types whose values would wrap around, which we do not compute with. */
const narrow = ['uint8', 'int8', 'uint16', 'int16'];

export const elementwiseRows: Rows = {
  Add: always(binary(add)),
  Sub: always(binary(sub)),
  Mul: always(binary(mul)),
  Div: always(binary(div)),
  Neg: always(unary(neg)),
  Abs: always(unary(abs)),
  Exp: always(unary(exp)),
  Log: always(unary(log)),
  Sqrt: always(unary(sqrt)),
  Sin: always(unary(sin)),
  Cos: always(unary(cos)),
  Tanh: always(unary(tanh)),
  Erf: always(unary(erf)),
  Reciprocal: always(unary((x) => div(1, x))),
  Sum: always(variadic(add)),
  Mean: always((node) => div(variadic(add)(node) as Value, node.inputs)),
  Min: always(variadic((a, b) => where(less(a, b), a, b))),
  Max: always(variadic((a, b) => where(greater(a, b), a, b))),

  Pow: always((node) => {
    const [x, exponent] = [node.value(0), node.item(1)];
    const of = exponent.known?.data;
    const plain = of?.length === 1 && exponent.shape.length <= x.shape.length ? powers[of[0] as number] : undefined;
    return plain?.(x) ?? pow(x, cast(exponent.value(), x.dtype));
  }),

  // a − b · ⌊a / b⌋, rounded towards zero; integers have no gradient.
  Mod: always((node) => {
    const [a, b] = [node.value(0), node.value(1)];
    const fmod = node.int('fmod', 0);
    if (a.dtype === 'float32') return sub(a, mul(b, cast(cast(div(a, b), 'int64'), 'float32')));
    const shape = broadcastShapes(node.op, a.shape, b.shape);
    return foreign(node.op, [a, b], { attributes: { fmod: { int: fmod } }, place: node.place, flat: true }, [
      { dtype: a.dtype, shape },
    ]);
  }),

  Clip: always((node) => {
    const [low, high] = [node.optional(1), node.optional(2)];
    const capped = high ? where(greater(node.value(0), high), high, node.value(0)) : node.value(0);
    return low ? where(less(node.value(0), low), low, capped) : capped;
  }),

  Where: always((node) => where(node.value(0), node.value(1), node.value(2))),
  Equal: always(binary(equal)),
  Greater: always(binary(greater)),
  Less: always(binary(less)),
  GreaterOrEqual: always(flat('bool')),
  LessOrEqual: always(flat('bool')),
  And: always(flat('bool')),
  Or: always(flat('bool')),
  Xor: always(flat('bool')),
  Not: always(flat('bool')),
  IsNaN: always(flat('bool')),
  IsInf: always(flat('bool')),
  Floor: always(flat()),
  Ceil: always(flat()),
  Round: always(flat()),
  Sign: always(flat()),

  Identity: always((node) => node.item(0)),
  Cast: always((node) => {
    const { name, dtype } = storageType(node.int('to'), 'the result');
    if (narrow.includes(name)) throw new OnnxError(`a cast of a tensor that is not a constant to ${name} is not read`);
    return castTo(node.item(0), dtype);
  }),
  CastLike: always((node) => castTo(node.item(0), node.item(1).dtype)),
  // What it turns off is training's: at inference it passes on.
  Dropout: always((node) => {
    if (node.optionalItem(2) && node.known(2).data[0])
      throw new OnnxError(
        'it is exported in training mode, where it draws its own randomness. Export the model in eval mode',
      );
    return node.item(0);
  }),
};

/** A cast that changes nothing keeps what is known of its input. */
function castTo(item: Item, dtype: DType): Item {
  return item.dtype === dtype ? item : valueItem(cast(item.value(), dtype));
}

const powers: Readonly<Record<number, (x: Value) => Value>> = {
  1: (x) => x,
  2: square,
  3: (x) => mul(x, square(x)),
  0.5: sqrt,
  [-1]: (x) => div(1, x),
  [-0.5]: (x) => div(1, sqrt(x)),
};
