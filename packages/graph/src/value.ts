import type { Attributes, Inputs, OpName } from './ops/table.js';
import { currentBlock } from './recompute.js';

export type DType = 'float32' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'int8' | 'bool';
export type Shape = readonly number[];

/** One tensor of a graph: which node makes it, its element type and its static shape. Plain data: ops are free functions. */
export interface Value {
  readonly node: Node;
  /** Which of the node's outputs this is. */
  readonly index: number;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** One application of an op. Ids grow as nodes are made, so ascending ids are a topological order. */
export interface Node<Op extends OpName = OpName> {
  readonly id: number;
  readonly op: Op;
  readonly inputs: Inputs<Op>;
  readonly attributes: Attributes<Op>;
  readonly outputs: readonly Value[];
  /** The marked block this node was made in, if any: see `block`. */
  readonly block: number | null;
}

export type Type = Pick<Value, 'dtype' | 'shape'>;

let nextId = 0;

/** Makes a node with outputs of the given types. Shape rules live in the op functions, which call this. */
export function makeNode<Op extends OpName>(
  op: Op,
  inputs: Inputs<Op>,
  attributes: Attributes<Op>,
  types: readonly Type[],
): readonly Value[] {
  const outputs: Value[] = [];
  const node: Node<Op> = { id: nextId++, op, inputs, attributes, outputs, block: currentBlock() };
  types.forEach(({ dtype, shape }, index) => {
    outputs.push({ node: node as Node, index, dtype, shape });
  });
  return outputs;
}

/** `makeNode` for the many ops with one output. */
export function make<Op extends OpName>(op: Op, inputs: Inputs<Op>, attributes: Attributes<Op>, type: Type): Value {
  return makeNode(op, inputs, attributes, [type])[0] as Value;
}

/** The number of elements of a shape. */
export function size(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** A shape that an op cannot take. The message names the op and the shapes. */
export class ShapeError extends Error {
  override name = 'ShapeError';
}

/** The length of one axis; negative axes count from the end. */
export function dim(value: Type, axis: number): number {
  const n = value.shape.at(axis);
  if (n === undefined)
    throw new ShapeError(`axis ${axis} does not exist in a tensor of shape (${value.shape.join(', ')})`);
  return n;
}

/** The element type of all operands. Nothing is cast for the caller. */
export function commonType(op: string, [first, ...others]: readonly [Value, ...Value[]]): DType {
  for (const { dtype } of others)
    if (dtype !== first.dtype)
      throw new TypeError(`${op}: cannot combine ${first.dtype} with ${dtype}; cast one of them`);
  return first.dtype;
}

/** NumPy broadcasting of two shapes. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const m = a[i - rank + a.length] ?? 1;
    const n = b[i - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1)
      throw new ShapeError(`${op}: shapes (${a.join(', ')}) and (${b.join(', ')}) do not broadcast at axis ${i}`);
    return m === 1 ? n : m;
  });
}
