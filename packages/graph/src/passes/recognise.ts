import { joinHeads, splitHeads } from '../gradients/attention.js';
import { type Graph, is, rewrite } from '../graph.js';
import { attention } from '../ops/attention.js';
import { gelu, silu } from '../ops/elementwise.js';
import { groupNorm, layerNorm } from '../ops/norm.js';
import { reshape, swapLast, transpose } from '../ops/shape.js';
import type { OpName } from '../ops/table.js';
import { dim, type Node, sameShape, size, type Value } from '../value.js';

/**
 * Puts together what exporters take apart: attention, norms, SiLU and GELU. As ops of their own these save passes over
 * memory, forward and backward. To be applied before the backward; values agree within rounding.
 */
export function recognise(from: Graph): Graph {
  return rewrite(from, (node, inputs) => {
    for (const rule of rules[node.op] ?? []) {
      const value = rule(inputs);
      if (value) return [value];
    }
    return null;
  });
}

type Rule = (inputs: readonly Value[]) => Value | null;

const rules: { readonly [Op in OpName]?: readonly Rule[] } = {
  MatMul: [attentionOf],
  Add: [groupNormOf, layerNormOf],
  Mul: [siluOf, geluOf],
};

/** softmax(c q kᵀ) v over (B, N, L, E), or over (B, L, E) as one head. */
function attentionOf([p, v]: readonly Value[]): Value | null {
  if (!p || !v || !is(p.node, 'Softmax')) return null;
  const scores = scaled(p.node.inputs[0]);
  if (!is(scores.value.node, 'MatMul')) return null;
  const [a, b] = scores.value.node.inputs;
  const [q, k] = [scaled(a), scaled(b)];
  const rank = v.shape.length;
  const lead = v.shape.slice(0, -2);
  const alike = [q.value, k.value].every((x) => x.shape.length === rank && sameShape(x.shape.slice(0, -2), lead));
  if (!alike || (rank !== 3 && rank !== 4)) return null;
  const scale = scores.factor * q.factor * k.factor;
  const keys = swapLast(k.value);
  if (rank === 3) return attention(q.value, keys, v, { heads: 1, scale });
  const heads = dim(v, 1);
  return splitHeads(attention(joinHeads(q.value), joinHeads(keys), joinHeads(v), { heads, scale }), heads);
}

/** x̂ γ + β, where x̂ is normalised over groups with a scale of 1 and a bias of 0, as (B, G, …). */
function groupNormOf(operands: readonly Value[]): Value | null {
  const affine = affineOf(operands);
  if (!affine) return null;
  const { normal, scale, shift } = affine;
  const inner = is(normal.node, 'Reshape') ? normal.node.inputs[0] : normal;
  const node = inner.node;
  if (!is(node, 'GroupNormalization') || inner.index !== 0) return null;
  const [x, ones, zeros] = node.inputs;
  const [batch, channels] = [dim(normal, 0), dim(normal, 1)];
  const perChannel = (value: Value): boolean =>
    size(value.shape) === channels && value.shape.at(1 - normal.shape.length) === channels;
  const { groups, epsilon } = node.attributes;
  const fits = normal.shape.length > 2 && dim(x, 0) === batch && dim(x, 1) === groups && channels % groups === 0;
  if (!fits || !filledWith(ones, 1) || !filledWith(zeros, 0) || !perChannel(scale) || !perChannel(shift)) return null;
  return groupNorm(reshape(x, normal.shape), reshape(scale, [channels]), reshape(shift, [channels]), groups, epsilon);
}

/** (x − μ) / √(mean (x − μ)² + ε) γ + β over the last axis. */
function layerNormOf(operands: readonly Value[]): Value | null {
  const affine = affineOf(operands);
  if (!affine || !is(affine.normal.node, 'Div')) return null;
  const [centred, deviation] = affine.normal.node.inputs;
  if (!is(centred.node, 'Sub') || !is(deviation.node, 'Sqrt')) return null;
  const sum = deviation.node.inputs[0];
  if (!is(sum.node, 'Add')) return null;
  const [variance, epsilon] = withNumber(sum.node) ?? [];
  const [x, average] = centred.node.inputs;
  if (!variance || epsilon === undefined || !isLastMean(average, x) || !is(variance.node, 'ReduceMean')) return null;
  const squared = variance.node.inputs[0];
  const own = is(squared.node, 'Mul') && squared.node.inputs.every((value) => value === centred);
  const width = [dim(x, -1)];
  if (!own || !isLastMean(variance, squared) || ![affine.scale, affine.shift].every((of) => sameShape(of.shape, width)))
    return null;
  return layerNorm(x, affine.scale, affine.shift, epsilon);
}

/** x σ(x) */
function siluOf([a, b]: readonly Value[]): Value | null {
  if (!a || !b) return null;
  const gate = (x: Value, s: Value): boolean => is(s.node, 'Sigmoid') && s.node.inputs[0] === x;
  return gate(a, b) ? silu(a) : gate(b, a) ? silu(b) : null;
}

/** ½ x (1 + erf(x / √2)), the factors in any order */
function geluOf(operands: readonly Value[]): Value | null {
  const factors = operands.flatMap((value) => (is(value.node, 'Mul') ? [...value.node.inputs] : [value]));
  const half = factors.findIndex((value) => numberOf(value) === 0.5);
  const [a, b, more] = factors.filter((_, i) => i !== half);
  if (half < 0 || !a || !b || more) return null;
  return isTwiceCdf(b, a) ? gelu(a) : isTwiceCdf(a, b) ? gelu(b) : null;
}

/** 1 + erf(x / √2) */
function isTwiceCdf({ node }: Value, x: Value): boolean {
  if (!is(node, 'Add')) return false;
  const [error, one] = withNumber(node) ?? [];
  if (!error || one !== 1 || !is(error.node, 'Erf')) return false;
  const { value, factor } = scaled(error.node.inputs[0]);
  return value === x && Math.abs(factor - Math.SQRT1_2) < 1e-6;
}

/** x · c, x / c, also under a transpose: x and the factor. */
function scaled(value: Value): { value: Value; factor: number } {
  const node: Node = value.node;
  if (is(node, 'Mul')) {
    const [x, c] = withNumber(node) ?? [];
    if (x && c !== undefined && sameShape(x.shape, value.shape)) return times(scaled(x), c);
  }
  if (is(node, 'Transpose')) {
    const inner = scaled(node.inputs[0]);
    if (inner.factor !== 1) return { ...inner, value: transpose(inner.value, node.attributes.perm) };
  }
  if (is(node, 'Div')) {
    const c = numberOf(node.inputs[1]);
    if (c !== null && sameShape(node.inputs[0].shape, value.shape)) return times(scaled(node.inputs[0]), 1 / c);
  }
  return { value, factor: 1 };
}

const times = ({ value, factor }: { value: Value; factor: number }, by: number) => ({ value, factor: factor * by });

/** a · γ + β: whichever way round. */
function affineOf([a, b]: readonly Value[]): { normal: Value; scale: Value; shift: Value } | null {
  if (!a || !b) return null;
  const [product, shift] = is(a.node, 'Mul') ? [a, b] : [b, a];
  if (!is(product.node, 'Mul')) return null;
  const [x, y] = product.node.inputs;
  const [normal, scale] = sameShape(x.shape, product.shape) ? [x, y] : [y, x];
  return { normal, scale, shift };
}

/** The other operand of a number. */
function withNumber({ inputs: [a, b] }: Node<'Add' | 'Mul'>): readonly [Value, number] | null {
  const [x, y] = [numberOf(a), numberOf(b)];
  return y !== null ? [a, y] : x !== null ? [b, x] : null;
}

/** The number that a constant of one element is. */
function numberOf(value: Value): number | null {
  const node: Node = value.node;
  return is(node, 'Constant') && size(value.shape) === 1 ? Number(node.attributes.data[0]) : null;
}

function filledWith(value: Value, number: number): boolean {
  const node: Node = value.node;
  return is(node, 'Constant') && Array.from(node.attributes.data as Float32Array).every((x) => x === number);
}

function isLastMean(value: Value, x: Value): boolean {
  const node: Node = value.node;
  if (!is(node, 'ReduceMean') || node.inputs[0] !== x || value.shape.length !== x.shape.length) return false;
  return node.attributes.axes.length === 1 && node.attributes.axes[0] === x.shape.length - 1;
}
