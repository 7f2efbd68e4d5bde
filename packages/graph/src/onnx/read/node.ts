import type { Value } from '../../value.js';
import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from '../onnx_pb.js';
import type { Item } from './item.js';
import type { Known } from './known.js';
import type { OnnxLayer } from './layers.js';
import { OnnxError } from './onnx-error.js';
import type { OnnxParameters } from './parameters.js';

/** One node of an ONNX graph while it is read: what it reads, and its attributes by the types that a row expects. */
export interface OnnxNode {
  readonly op: string;
  readonly name: string;
  /** Version of the operator set that the node's domain is at. */
  readonly opset: number;
  /** Name and inputs, for messages. */
  readonly place: string;
  /** How many inputs are listed; some may be left out. */
  readonly inputs: number;
  /** How many outputs it must give: the last one that has a name, and all before it. */
  readonly outputs: number;
  /** The layer that the node is, where it multiplies by a stored weight. */
  readonly layer: OnnxLayer | null;
  readonly parameters: OnnxParameters;
  item(i: number): Item;
  optionalItem(i: number): Item | null;
  value(i: number): Value;
  optional(i: number): Value | null;
  /** The numbers of an input that must be known while reading. */
  known(i: number): Known;
  optionalKnown(i: number): Known | null;
  int(name: string, otherwise?: number): number;
  float(name: string, otherwise?: number): number;
  ints(name: string, otherwise?: readonly number[]): readonly number[];
  optionalInts(name: string): readonly number[] | null;
  optionalFloats(name: string): readonly number[] | null;
  string(name: string, otherwise?: string): string;
  tensor(name: string): TensorProto | null;
  graph(name: string): GraphProto;
}

/** An attribute of a node, or the one of the function call that it stands for. */
export type FindAttribute = (name: string) => AttributeProto | undefined;

interface Given {
  readonly proto: NodeProto;
  readonly opset: number;
  readonly place: string;
  readonly items: readonly (Item | null)[];
  readonly attribute: FindAttribute;
  readonly layer: OnnxLayer | null;
  readonly parameters: OnnxParameters;
}

export function onnxNode({ proto, opset, place, items, attribute, layer, parameters }: Given): OnnxNode {
  const fail = (message: string): never => {
    throw new OnnxError(message);
  };
  const typed = (name: string, type: AttributeType): AttributeProto | undefined => {
    const found = attribute(name);
    if (found && found.type !== type && found.type !== AttributeType.UNDEFINED)
      fail(`attribute '${name}' is of another type (${found.type}) than the operator's (${type})`);
    return found;
  };
  const need = <T>(name: string, value: T | undefined): T => value ?? fail(`attribute '${name}' is missing`);
  const item = (i: number): Item => items[i] ?? fail(`input ${i} is missing`);
  const known = (i: number): Known =>
    item(i).known ??
    fail(
      `input ${i} ('${proto.input[i]}') must follow from the model and the shapes of its inputs, but it is computed from ` +
        'what is fed, or is trained. A graph whose shapes depend on its data cannot be read',
    );
  const ints = (name: string): readonly number[] | null => typed(name, AttributeType.INTS)?.ints.map(Number) ?? null;
  return {
    op: proto.opType,
    name: proto.name,
    opset,
    place,
    inputs: items.length,
    outputs: proto.output.reduce((last, name, i) => (name ? i + 1 : last), 1),
    layer,
    parameters,
    item,
    optionalItem: (i) => items[i] ?? null,
    value: (i) => item(i).value(),
    optional: (i) => items[i]?.value() ?? null,
    known,
    optionalKnown: (i) => (items[i] ? known(i) : null),
    int(name, otherwise) {
      const i = typed(name, AttributeType.INT)?.i;
      return need(name, i === undefined ? otherwise : Number(i));
    },
    float: (name, otherwise) => need(name, typed(name, AttributeType.FLOAT)?.f ?? otherwise),
    ints: (name, otherwise) => need(name, ints(name) ?? otherwise),
    optionalInts: ints,
    optionalFloats: (name) => typed(name, AttributeType.FLOATS)?.floats ?? null,
    string(name, otherwise) {
      const s = typed(name, AttributeType.STRING)?.s;
      return need(name, s === undefined ? otherwise : new TextDecoder().decode(s));
    },
    tensor: (name) => typed(name, AttributeType.TENSOR)?.t ?? null,
    graph: (name) => need(name, typed(name, AttributeType.GRAPH)?.g),
  };
}
