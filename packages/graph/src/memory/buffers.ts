import type { Graph } from '../graph.js';
import type { OpName } from '../ops/table.js';
import { type Node, size, type Value } from '../value.js';

/** Memory for one value, or for several one after the other: from the node that makes the first to the last that reads any. */
export interface Buffer {
  readonly bytes: number;
  readonly first: number;
  last: number;
}

/** Ops that only look at their input's memory in another way. */
const aliases: ReadonlySet<OpName> = new Set(['Reshape', 'StopGradient', 'Barrier'] satisfies OpName[]);
/** Ops that may write over an input of the same size which nobody else reads any more. */
const inPlace: ReadonlySet<OpName> = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Neg',
  'Softmax',
  'Sigmoid',
] satisfies OpName[]);

const elementBytes: Record<Value['dtype'], number> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int8: 1,
  bool: 1,
};

/** The bytes of a value. */
export const bytesOf = ({ shape, dtype }: Pick<Value, 'shape' | 'dtype'>): number => size(shape) * elementBytes[dtype];

/**
 * The buffers that ONNX Runtime plans for the values of a graph, as its allocation planner does: reshapes share their input's, a node
 * may write over what it reads last, and, unless buffers are freed early, one that is done with is held for a later value of the same
 * shape. Leaves, and values of `ahead`, have none.
 *
 * @param order every node that has inputs, as they are run
 * @param ahead nodes that are computed at load
 */
export function plannedBuffers(
  from: Graph,
  order: readonly Node[],
  { freeEarly, ahead }: { freeEarly: boolean; ahead: ReadonlySet<Node> },
): Buffer[] {
  const readers = new Map<Buffer, number>();
  const of = new Map<Value, Buffer>();
  const counts = readersOf(from, order);
  const free = new Map<string, Buffer[]>();
  const buffers: Buffer[] = [];
  const shapeOf = new Map<Buffer, string>();
  order.forEach((node, at) => {
    if (ahead.has(node)) return;
    for (const output of node.outputs) {
      const uses = counts.get(output);
      const source = node.inputs[0] && of.get(node.inputs[0]);
      if (aliases.has(node.op)) {
        if (source) join(output, source, at);
        continue;
      }
      if (uses === undefined && node.outputs.length > 1) continue; // an output that is left out
      const over = freeEarly || !inPlace.has(node.op) ? undefined : lastReadBy(node, output);
      const key = `${elementBytes[output.dtype]} ${output.shape.join()}`;
      const held = freeEarly ? undefined : free.get(key)?.pop();
      join(output, over ?? held ?? fresh(bytesOf(output), key, at), at);
    }
    for (const read of new Set([...node.inputs, ...node.outputs])) {
      const buffer = of.get(read);
      if (!buffer) continue;
      const left = (readers.get(buffer) ?? 0) - node.inputs.filter((value) => value === read).length;
      readers.set(buffer, left);
      buffer.last = Math.max(buffer.last, at);
      const key = shapeOf.get(buffer) as string;
      if (left === 0 && !free.get(key)?.includes(buffer)) free.set(key, [...(free.get(key) ?? []), buffer]);
    }
  });
  for (const value of from.outputs.values()) {
    const buffer = of.get(value);
    if (buffer) buffer.last = order.length - 1;
  }
  return buffers;

  function fresh(bytes: number, key: string, at: number): Buffer {
    const buffer = { bytes, first: at, last: at };
    buffers.push(buffer);
    shapeOf.set(buffer, key);
    return buffer;
  }
  function join(value: Value, buffer: Buffer, at: number): void {
    of.set(value, buffer);
    buffer.last = Math.max(buffer.last, at);
    readers.set(buffer, (readers.get(buffer) ?? 0) + (counts.get(value) ?? 0));
  }
  function lastReadBy(node: Node, output: Value): Buffer | undefined {
    return node.inputs
      .filter((value) => bytesOf(value) === bytesOf(output))
      .map((value) => of.get(value))
      .find((buffer) => buffer && readers.get(buffer) === 1);
  }
}

/** How often each value is read, once more if the caller is given it. */
function readersOf(from: Graph, order: readonly Node[]): ReadonlyMap<Value, number> {
  const counts = new Map<Value, number>();
  const count = (value: Value): void => void counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const node of order) for (const value of node.inputs) count(value);
  for (const value of from.outputs.values()) counts.set(value, Number.POSITIVE_INFINITY);
  return counts;
}
