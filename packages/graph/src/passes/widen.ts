import { type Graph, is, nodesOf, remake, rewrite } from '../graph.js';
import type { OpName } from '../ops/table.js';
import { make, type Node, size, type Value } from '../value.js';

/** How a frozen weight that is not stored as float32 becomes that. */
const widenings: ReadonlySet<OpName> = new Set<OpName>(['Cast', 'DequantizeLinear']);

/** Smaller tensors may as well stay in memory. */
const smallest = 2 ** 18;

/**
 * Widens frozen weights of 16 and 8 bits anew for each use, once the other operand is there. Done ahead, or once for all that
 * read them, they would all lie in memory as float32.
 */
export function widenLate(from: Graph): Graph {
  const fed = new Set<Node>();
  for (const node of nodesOf(from))
    if (node.op === 'Input' || node.inputs.some((value) => fed.has(value.node))) fed.add(node);
  return rewrite(from, (node, inputs) => {
    const place = node.inputs.findIndex((value) => fed.has(value.node));
    const after = inputs[place];
    if (!after || !node.inputs.some(isWidened)) return null;
    return remake(
      node,
      inputs.map((value, i) => (isWidened(node.inputs[i] as Value) ? late(value, after) : value)),
    );
  });
}

/** Whether a value is a large frozen weight in float32 that is stored otherwise. */
function isWidened({ node, shape }: Value): boolean {
  const [source] = node.inputs;
  if (!source) return false;
  if (node.op === 'Reshape') return isWidened(source);
  return widenings.has(node.op) && is(source.node, 'Weight') && size(shape) >= smallest;
}

/** The same value, made only when `after` is there. */
function late(value: Value, after: Value): Value {
  const [source, ...others] = value.node.inputs as readonly Value[];
  if (!source) return make('Barrier', [value, after], {}, value);
  return remake(value.node, [late(source, after), ...others])[value.index] as Value;
}
