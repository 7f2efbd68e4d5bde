import { ancestors } from './gradients/backward.js';
import type { LeafOps, WeightSource } from './ops/leaf.js';
import type { OpName } from './ops/table.js';
import { type DType, makeNode, type Node, type Shape, type Value } from './value.js';

/** What a session computes: named outputs. Whatever they do not depend on is not part of it. */
export interface Graph {
  readonly outputs: ReadonlyMap<string, Value>;
}

export function graph(outputs: Readonly<Record<string, Value>>): Graph {
  return { outputs: new Map(Object.entries(outputs)) };
}

/** The nodes of a graph in topological order. */
export function nodesOf({ outputs }: Graph): Node[] {
  return ancestors([...outputs.values()]);
}

/** The values that something reads: a node or the caller. */
export function usedValues(from: Graph): ReadonlySet<Value> {
  const used = new Set(from.outputs.values());
  for (const node of nodesOf(from)) for (const value of node.inputs) used.add(value);
  return used;
}

/** A rule of a pass: new outputs for a node whose inputs have been rewritten, or null to keep it. */
export type Rule = (node: Node, inputs: readonly Value[]) => readonly Value[] | null;

/**
 * Rebuilds a graph from its leaves up, replacing what the rule replaces. Everything but the leaves is made anew, so that
 * ids, and with them the order of writing, stay those of the order before.
 */
export function rewrite(from: Graph, rule: Rule): Graph {
  const replaced = new Map<Value, Value>();
  const current = (value: Value): Value => replaced.get(value) ?? value;
  for (const node of nodesOf(from)) {
    const inputs = node.inputs.map(current);
    const outputs = rule(node, inputs) ?? (inputs.length === 0 ? null : remake(node, inputs));
    if (!outputs) continue;
    node.outputs.forEach((output, i) => {
      const replacement = outputs[i];
      if (replacement) replaced.set(output, replacement);
    });
  }
  return { outputs: new Map([...from.outputs].map(([name, value]) => [name, current(value)])) };
}

/** The same op on other inputs of the same types. */
export function remake(node: Node, inputs: readonly Value[]): readonly Value[] {
  return makeNode(node.op, inputs as never, node.attributes as never, node.outputs);
}

/** Narrows a node to one op, whose attributes are then known. */
export function is<Op extends OpName>(node: Node, op: Op): node is Node & Node<Op> {
  return node.op === op;
}

/** A tensor that must be fed. */
export interface GraphInput {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** The inputs that a graph reads, in the order they were made. Two different inputs of one name are an error. */
export function inputsOf(from: Graph): GraphInput[] {
  const inputs = new Map<string, Value>();
  for (const node of nodesOf(from)) {
    if (!is(node, 'Input')) continue;
    const value = node.outputs[0] as Value;
    const { name } = node.attributes;
    if (inputs.has(name)) throw new Error(`two inputs are called ${name}: make each input once and share the value`);
    inputs.set(name, value);
  }
  return [...inputs].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
}

/** The frozen tensors that a graph reads in place. */
export function weightsOf(from: Graph): { name: string; source: WeightSource; value: Value }[] {
  return nodesOf(from).flatMap((node) =>
    is(node, 'Weight')
      ? [{ ...(node.attributes as LeafOps['Weight']['attributes']), value: node.outputs[0] as Value }]
      : [],
  );
}
