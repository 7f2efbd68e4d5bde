import { type Graph, is, rewrite } from '../graph.js';
import { add, div, mul, sub } from '../ops/elementwise.js';
import { constant, scalarOf } from '../ops/leaf.js';
import { reshape, transpose } from '../ops/shape.js';
import { make, type Node, sameShape, type Value } from '../value.js';

/**
 * Simplifies what costs a pass over memory and changes nothing: reshapes of reshapes, transposes of transposes, products
 * with 1, expansions that broadcasting does anyway, arithmetic of scalars. The runtime folds the rest.
 */
export function fold(from: Graph): Graph {
  return rewrite(from, (node, inputs) => {
    for (const rule of rules) {
      const value = rule(node, inputs);
      if (value) return [value];
    }
    return null;
  });
}

type FoldRule = (node: Node, inputs: readonly Value[]) => Value | null;

const arithmetic = { Add: add, Sub: sub, Mul: mul, Div: div };
const identityOf: Partial<Record<string, number>> = { Add: 0, Sub: 0, Mul: 1, Div: 1 };
const compute = {
  Add: (a: number, b: number) => a + b,
  Sub: (a: number, b: number) => a - b,
  Mul: (a: number, b: number) => a * b,
  Div: (a: number, b: number) => a / b,
};
type Arithmetic = keyof typeof arithmetic;
const isArithmetic = (op: string): op is Arithmetic => op in arithmetic;

const rules: readonly FoldRule[] = [
  function reshapeOfReshape(node, [x]) {
    if (!is(node, 'Reshape') || !x) return null;
    const source = x.node.op === 'Reshape' ? (x.node.inputs[0] as Value) : x;
    const direct = sameShape(source.shape, node.attributes.shape);
    return direct ? source : source === x ? null : reshape(source, node.attributes.shape);
  },

  function transposeOfTranspose(node, [x]) {
    if (!is(node, 'Transpose') || !x || !is(x.node, 'Transpose')) return null;
    const inner = x.node.attributes.perm;
    return transpose(
      x.node.inputs[0],
      node.attributes.perm.map((axis) => inner[axis] as number),
    );
  },

  // A matrix that lies the other way round is read as it lies.
  function transposedFactor(node, [a, b, ...bias]) {
    if (!is(node, 'Gemm') || !a || !b) return null;
    const [left, right] = [untransposed(a), untransposed(b)];
    if (left === a && right === b) return null;
    const transA = node.attributes.transA !== (left !== a);
    const transB = node.attributes.transB !== (right !== b);
    return make('Gemm', [left, right, ...bias] as [Value, Value], { transA, transB }, node.outputs[0] as Value);
  },

  function scalars(node, [a, b]) {
    // Integers divide otherwise than numbers do.
    if (!isArithmetic(node.op) || !a || !b || a.dtype !== 'float32') return null;
    const [x, y] = [scalarOf(a), scalarOf(b)];
    return x === null || y === null ? null : constant(compute[node.op](x, y), [], a.dtype);
  },

  function identity(node, [a, b]) {
    if (!isArithmetic(node.op) || !a || !b) return null;
    const shape = (node.outputs[0] as Value).shape;
    if (scalarOf(b) === identityOf[node.op] && sameShape(a.shape, shape)) return a;
    const commutes = node.op === 'Add' || node.op === 'Mul';
    return commutes && scalarOf(a) === identityOf[node.op] && sameShape(b.shape, shape) ? b : null;
  },

  // (x · c) · d → x · (c · d), unless c · d overflows or loses its digits.
  function scalarProducts(node, [a, b]) {
    if (node.op !== 'Mul' || !a || !b) return null;
    const [x, d] = scalarOf(b) === null ? [b, scalarOf(a)] : [a, scalarOf(b)];
    if (d === null || x.node.op !== 'Mul') return null;
    const [p, q] = x.node.inputs as [Value, Value];
    const c = scalarOf(q) ?? scalarOf(p);
    if (c === null || !fitsFloat32(c * d)) return null;
    return mul(scalarOf(q) === null ? q : p, c * d);
  },

  function expandedOperand(node, [a, b]) {
    if (!isArithmetic(node.op) || !a || !b) return null;
    const shape = (node.outputs[0] as Value).shape;
    const bare = (value: Value, other: Value): Value =>
      value.node.op === 'Expand' && sameShape(other.shape, shape) ? (value.node.inputs[0] as Value) : value;
    const [x, y] = [bare(a, b), bare(b, a)];
    if (x === a && y === b) return null;
    if (x !== a && y !== b) return arithmetic[node.op](a, y);
    return arithmetic[node.op](x, y);
  },

  function reshapeOfExpandedScalar(node, [x]) {
    if (!is(node, 'Reshape') || x?.node.op !== 'Expand') return null;
    const source = x.node.inputs[0] as Value;
    if (source.shape.some((n) => n !== 1)) return null;
    return make('Expand', [reshape(source, [])], { shape: node.attributes.shape }, node.outputs[0] as Value);
  },
];

const fitsFloat32 = (x: number): boolean => x === 0 || (Math.abs(x) >= 2 ** -126 && Math.abs(x) < 2 ** 128);

/** The matrix that a value is the transpose of, or the value itself. */
function untransposed(value: Value): Value {
  return is(value.node, 'Transpose') && value.node.attributes.perm.join() === '1,0' ? value.node.inputs[0] : value;
}
