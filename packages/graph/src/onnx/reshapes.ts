import { create } from '@bufbuild/protobuf';
import type { GraphInput } from '../graph.js';
import { type Node, size, type Value } from '../value.js';
import { type AttributeProto, type NodeProto, NodeProtoSchema } from './onnx_pb.js';
import { attributeProto, constantInts, type NameOf } from './write.js';

export interface Reshapes {
  /** Whether shapes are hidden: then inputs must be declared without theirs too. */
  readonly hides: boolean;
  to(node: Node<'Reshape'>): void;
  after(node: Node<'Barrier'>): void;
}

/**
 * Writes what costs nothing in ONNX Runtime: reshapes and barriers.
 *
 * A barrier is a reshape to a shape of zeros, which means the dimensions as they are. The zeros are the place of the largest
 * of one element of what is waited for, so they are not known before.
 *
 * Hidden shapes: where the runtime knows the shapes of values ahead, it gives the buffer of a value that is done with to a
 * later one of the same shape, and until then does not free it. Between the forward and the backward of a step that
 * holds one buffer for every shape and use: 1.1 GB for SD 1.5. So shapes are made to depend, by a zero, on what is fed first.
 */
export function reshapes(nodes: NodeProto[], nameOf: NameOf, fed: readonly GraphInput[]): Reshapes {
  const source = fed.find(({ dtype, shape }) => dtype === 'float32' && shape.length > 0 && size(shape) > 0);
  const shapes = new Map<string, string>();
  const zeros = new Map<string, string>();
  const ints = (...numbers: number[]): string => nameOf(constantInts(numbers));
  const step = (opType: string, input: string[], output: string, attribute: AttributeProto[] = []): string => {
    nodes.push(create(NodeProtoSchema, { name: `${opType}_${output}`, opType, input, output: [output], attribute }));
    return output;
  };
  /** `count` zeros of int64 that are not known before `of` is. */
  const zerosAfter = (of: string, elements: number, count: number): string => {
    const name = `${of}_zeros${count}`;
    const before = zeros.get(name);
    if (before) return before;
    const taken = elements < count ? 1 : count;
    const row = step('Reshape', [of, ints(1, -1)], `${name}_row`);
    const some = step('Slice', [row, ints(0), ints(taken), ints(1)], `${name}_some`);
    const axis = [attributeProto('axis', { int: 0 }), attributeProto('keepdims', { int: 0 })];
    const found = step('ArgMax', [some], taken === count ? name : `${name}_one`, axis);
    const all = taken === count ? found : step('Expand', [found, ints(count)], name);
    zeros.set(name, all);
    return all;
  };
  /** A scalar 0 of which the runtime does not even know that it is one. */
  const zeroOf = ({ name, shape }: GraphInput): string => {
    const [from, to] = [ints(...shape.map(() => 0)), ints(...shape.map(() => 1))];
    return step('Squeeze', [step('ArgMax', [step('Slice', [name, from, to], 'zero_first')], 'zero_place')], 'zero');
  };
  let zero: string | null = null;
  const shapeOf = (shape: readonly number[]): string => {
    const key = shape.join('x');
    const before = shapes.get(key);
    if (before) return before;
    let name = ints(...shape);
    if (source && shape.length > 0) {
      zero ??= zeroOf(source);
      name = step('Add', [name, zero], `shape_${key}`);
    }
    shapes.set(key, name);
    return name;
  };
  const write = (node: Node, x: Value, shape: string): void => {
    step('Reshape', [nameOf(x), shape], nameOf(node.outputs[0] as Value));
  };
  return {
    hides: source !== undefined,
    to: (node) => write(node, node.inputs[0], shapeOf(node.attributes.shape)),
    after(node) {
      const [x, after] = node.inputs;
      write(node, x, zerosAfter(nameOf(after), size(after.shape), x.shape.length));
    },
  };
}
