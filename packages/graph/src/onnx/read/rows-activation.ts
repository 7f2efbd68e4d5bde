import {
  add,
  div,
  exp,
  gelu,
  greater,
  log,
  mul,
  relu,
  sigmoid,
  softplus,
  stopGradient,
  sub,
  tanh,
  where,
} from '../../ops/elementwise.js';
import { softmax } from '../../ops/norm.js';
import { max, sum } from '../../ops/reduce.js';
import { transpose } from '../../ops/shape.js';
import type { Value } from '../../value.js';
import { axisOf } from './geometry.js';
import type { OnnxNode } from './node.js';
import { always, type Rows } from './row.js';

/** x where it is positive, `otherwise` of it elsewhere. */
const positiveOr = (x: Value, otherwise: Value): Value => where(greater(x, 0), x, otherwise);
const negativePart = (x: Value): Value => where(greater(x, 0), 0, x);

export const activationRows: Rows = {
  Relu: always((node) => relu(node.value(0))),
  Sigmoid: always((node) => sigmoid(node.value(0))),
  Softplus: always((node) => softplus(node.value(0))),
  Softsign: always((node) => {
    const x = node.value(0);
    return div(x, add(1, where(greater(x, 0), x, mul(x, -1))));
  }),
  LeakyRelu: always((node) => positiveOr(node.value(0), mul(node.value(0), node.float('alpha', 0.01)))),
  PRelu: always((node) => positiveOr(node.value(0), mul(node.value(0), node.value(1)))),
  ThresholdedRelu: always((node) => where(greater(node.value(0), node.float('alpha', 1)), node.value(0), 0)),
  Elu: always((node) => elu(node.value(0), node.float('alpha', 1), 1)),
  Celu: always((node) => elu(node.value(0), node.float('alpha', 1), node.float('alpha', 1))),
  Selu: always((node) =>
    mul(elu(node.value(0), node.float('alpha', 1.6732631921768188), 1), node.float('gamma', 1.0507010221481323)),
  ),
  HardSigmoid: always((node) => hardSigmoid(node.value(0), node.float('alpha', 0.2), node.float('beta', 0.5))),
  HardSwish: always((node) => mul(node.value(0), hardSigmoid(node.value(0), 1 / 6, 0.5))),
  Mish: always((node) => mul(node.value(0), tanh(softplus(node.value(0))))),
  Gelu: always((node) => (node.string('approximate', 'none') === 'tanh' ? tanhGelu : gelu)(node.value(0))),
  Softmax: always((node) => alongLast(node, softmax)),
  LogSoftmax: always((node) => alongLast(node, logSoftmax)),
};

const elu = (x: Value, alpha: number, width: number): Value =>
  positiveOr(x, mul(sub(exp(div(negativePart(x), width)), 1), alpha));

function hardSigmoid(x: Value, alpha: number, beta: number): Value {
  const line = add(mul(x, alpha), beta);
  return where(greater(line, 1), 1, relu(line));
}

/** Hendrycks and Gimpel's approximation, x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))) */
export function tanhGelu(x: Value): Value {
  const inner = mul(x, add(Math.sqrt(2 / Math.PI), mul(0.044715 * Math.sqrt(2 / Math.PI), mul(x, x))));
  return mul(mul(x, 0.5), add(1, tanh(inner)));
}

function logSoftmax(x: Value): Value {
  const shifted = sub(x, stopGradient(max(x, [-1], { keepdims: true })));
  return sub(shifted, log(sum(exp(shifted), [-1], { keepdims: true })));
}

/** Our softmax works along the last axis. */
function alongLast(node: OnnxNode, op: (x: Value) => Value): Value {
  const x = node.value(0);
  const axis = axisOf(node.int('axis', -1), x.shape);
  const last = x.shape.length - 1;
  if (axis === last) return op(x);
  const swap = [...x.shape.keys()].with(axis, last).with(last, axis);
  return transpose(op(transpose(x, swap)), swap);
}
