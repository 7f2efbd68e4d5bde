import { add } from '../ops/elementwise.js';
import { constant } from '../ops/leaf.js';
import { sumTo } from '../ops/reduce.js';
import { expand } from '../ops/shape.js';
import type { DifferentiableOp } from '../ops/table.js';
import { make, makeNode, type Node, sameShape, size, type Value } from '../value.js';
import { vjps } from './table.js';

/** A value and the gradient of the loss with respect to it. */
export interface Seed {
  readonly of: Value;
  readonly gradient: Value;
}

export interface BackwardOptions {
  /** Compute the insides of marked blocks again instead of keeping them: less memory, one more forward pass. See `block`. */
  readonly recompute?: boolean;
}

/**
 * Reverse-mode differentiation: builds the graph of ∂ℒ/∂x for every x of `wrt`. The loss is a scalar, or a list of seeds
 * (ℒ = Σ ⟨of, gradient⟩). An x that the loss does not depend on gets zeros.
 */
export function backward(
  loss: Value | readonly Seed[],
  wrt: readonly Value[],
  { recompute = false }: BackwardOptions = {},
): Value[] {
  const seeds = isSeeds(loss) ? loss : [{ of: scalar(loss), gradient: constant(1) }];
  const nodes = reaching(
    seeds.map((seed) => seed.of),
    wrt,
  );
  const arrived = new Map<Value, Value>();
  const accumulate = (value: Value, gradient: Value): void => {
    const before = arrived.get(value);
    arrived.set(value, before ? add(before, gradient) : gradient);
  };
  for (const { of, gradient } of seeds) accumulate(of, gradient);

  const recomputed = new Map<number, Map<Value, Value>>();
  for (const node of nodes.descending) {
    const gs = node.outputs.map((output) => arrived.get(output) ?? null);
    const first = gs.find((g) => g !== null);
    if (!first) continue;
    const copies = !recompute || node.block === null ? null : copyOf(node.block, first, nodes, recomputed);
    const seen = (value: Value): Value => copies?.get(value) ?? value;
    const row = vjps[node.op as DifferentiableOp] as unknown as AnyVjp | undefined;
    if (!row) throw new Error(`${node.op} has no gradient rule, but a gradient reached it`);
    const several = node.outputs.length > 1;
    const apply = (seen: (value: Value) => Value): readonly (Value | null)[] =>
      row(
        several ? gs : first,
        several ? node.outputs.map(seen) : seen(node.outputs[0] as Value),
        node.inputs.map(seen),
        node.attributes,
      );
    const gradients = waiting(apply, seen, gs, first);
    node.inputs.forEach((input, i) => {
      const gradient = gradients[i];
      if (gradient && nodes.needed.has(input.node)) accumulate(input, sumTo(gradient, input.shape));
    });
  }
  return wrt.map((x) => arrived.get(x) ?? expand(constant(0), x.shape));
}

type AnyVjp = (
  g: Value | readonly (Value | null)[],
  y: Value | readonly Value[],
  inputs: readonly Value[],
  attributes: object,
) => readonly (Value | null)[];

const isSeeds = (loss: Value | readonly Seed[]): loss is readonly Seed[] => Array.isArray(loss);

function scalar(loss: Value): Value {
  if (!sameShape(loss.shape, []))
    throw new RangeError(
      `backward: the loss has shape (${loss.shape.join(', ')}), but must be a scalar; take its mean`,
    );
  return loss;
}

interface Reach {
  /** Nodes that depend on `wrt` (or are one of them), and that the seeds depend on. */
  readonly needed: ReadonlySet<Node>;
  /** The needed nodes that have a rule, latest first. */
  readonly descending: readonly Node[];
  /** Everything the seeds depend on, in order. */
  readonly all: readonly Node[];
  /** What depends on something that is fed. The rest is computed once, when the model is loaded. */
  readonly fed: ReadonlySet<Node>;
}

function reaching(from: readonly Value[], wrt: readonly Value[]): Reach {
  const all = ancestors(from);
  const needed = new Set<Node>(wrt.map((value) => value.node));
  for (const node of all)
    if (node.op !== 'StopGradient' && node.inputs.some((value) => needed.has(value.node))) needed.add(node);
  const descending = all.filter((node) => needed.has(node) && node.inputs.length > 0).reverse();
  const fed = new Set<Node>();
  for (const node of all) if (node.op === 'Input' || node.inputs.some((value) => fed.has(value.node))) fed.add(node);
  return { needed, descending, all, fed };
}

/** What a rule computes ahead of its gradient is kept until then: from this size on that is worth a barrier. */
const barrierBytes = 2 ** 22;

/**
 * Applies a rule. Where it computes something large from the forward pass alone (the probabilities of an attention, the slope
 * of an activation), the runtime might do so at once and keep it until the gradient arrives, so what the rule reads for that
 * goes through a barrier that waits for the gradient.
 */
function waiting(
  apply: (seen: (value: Value) => Value) => readonly (Value | null)[],
  seen: (value: Value) => Value,
  gs: readonly (Value | null)[],
  first: Value,
): readonly (Value | null)[] {
  const read = new Set<Value>();
  const gradients = apply((value) => {
    const given = seen(value);
    read.add(given);
    return given;
  });
  const early = readEarly(gradients, read, gs);
  if (early.size === 0) return gradients;
  const barriers = new Map<Value, Value>();
  return apply((value) => {
    const given = seen(value);
    if (!early.has(given) || given.dtype !== 'float32' || given.shape.length === 0) return given;
    if (given.node.inputs.length === 0 && given.node.op !== 'Input') return given;
    const barrier = barriers.get(given) ?? make('Barrier', [given, first], {}, given);
    barriers.set(given, barrier);
    return barrier;
  });
}

/** Of what a rule read of the forward pass: what it computes something large from, without the gradient. */
function readEarly(
  gradients: readonly (Value | null)[],
  read: ReadonlySet<Value>,
  gs: readonly (Value | null)[],
): ReadonlySet<Value> {
  const arrived = new Set(gs.map((g) => g?.node));
  /** By node of the rule: what it reads of the forward pass, or null where the gradient is among it. */
  const sources = new Map<Node, ReadonlySet<Value> | null>();
  const early = new Set<Value>();
  const visit = (node: Node): ReadonlySet<Value> | null => {
    const known = sources.get(node);
    if (known !== undefined) return known;
    const from = new Set<Value>();
    let late = false;
    for (const value of node.inputs) {
      if (read.has(value)) from.add(value);
      else if (arrived.has(value.node)) late = true;
      else if (value.node.inputs.length > 0) {
        const below = visit(value.node);
        if (below) for (const source of below) from.add(source);
        else late = true;
      }
    }
    const alias = node.op === 'Reshape';
    const large = node.outputs.some(({ shape }) => 4 * size(shape) >= barrierBytes);
    if (!late && !alias && large) for (const source of from) early.add(source);
    const result = late ? null : from;
    sources.set(node, result);
    return result;
  };
  for (const gradient of gradients)
    if (gradient && !read.has(gradient) && !arrived.has(gradient.node)) visit(gradient.node);
  return early;
}

/** Every node that the values depend on, in topological order. */
export function ancestors(values: readonly Value[]): Node[] {
  const seen = new Set<Node>();
  const stack = values.map((value) => value.node);
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const value of node.inputs) stack.push(value.node);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/**
 * A second copy of a block's nodes for the gradient rules to read. What the block takes from outside comes through a barrier
 * that waits for `gradient`, so the copy cannot be computed (or merged with the first) before the backward pass needs it.
 */
function copyOf(
  block: number,
  gradient: Value,
  { all, fed }: Reach,
  done: Map<number, Map<Value, Value>>,
): ReadonlyMap<Value, Value> {
  const before = done.get(block);
  if (before) return before;
  const copies = new Map<Value, Value>();
  done.set(block, copies);
  const enter = (value: Value): Value => {
    const copy = copies.get(value);
    if (copy) return copy;
    if (value.node.inputs.length === 0 || !fed.has(value.node) || value.dtype !== 'float32') return value;
    const waiting = make('Barrier', [value, gradient], {}, value);
    copies.set(value, waiting);
    return waiting;
  };
  for (const node of all) {
    if (node.block !== block || node.inputs.length === 0) continue;
    const inputs = node.inputs.map((value) =>
      value.node.block === block ? (copies.get(value) ?? value) : enter(value),
    );
    const outputs = makeNode(node.op, inputs as never, node.attributes as never, node.outputs);
    node.outputs.forEach((output, i) => {
      copies.set(output, outputs[i] as Value);
    });
  }
  return copies;
}
