import { ShapeError, size, type Value } from '../../value.js';
import type { FunctionProto, NodeProto } from '../onnx_pb.js';
import { type Item, knownItem, valueItem } from './item.js';
import { type Known, known, knownInts, TooManyError } from './known.js';
import { functionKey, type OnnxSource, opsetsOf } from './model.js';
import { type FindAttribute, type OnnxNode, onnxNode } from './node.js';
import { OnnxError } from './onnx-error.js';
import type { OnnxParameters } from './parameters.js';
import { domainOf, foldOf, rowOf } from './table.js';
import { checkedShape, numbersOf, storedTensor } from './tensor.js';

type Lookup = (name: string) => Item | null;

/** The graph or function that nodes stand in. */
interface Scope {
  readonly source: OnnxSource;
  readonly parameters: OnnxParameters;
  readonly opsets: ReadonlyMap<string, number>;
  /** The attributes of the call, inside a function. */
  readonly attribute: FindAttribute;
  /** The functions that are being called, outermost first. */
  readonly calls: readonly string[];
  readonly outer: Lookup;
}

/** Reads the nodes of a model's graph in their order; what they make is looked up by name. */
export function walk(
  source: OnnxSource,
  nodes: readonly NodeProto[],
  given: ReadonlyMap<string, Item>,
  parameters: OnnxParameters,
): Lookup {
  const { opsets } = source;
  const scope: Scope = { source, parameters, opsets, attribute: () => undefined, calls: [], outer: () => null };
  return readNodes(scope, nodes, new Map(given));
}

/** What ops throw for operands that do not fit them. */
const isMisfit = (error: unknown): error is Error =>
  [OnnxError, ShapeError, TypeError, RangeError].some((kind) => error instanceof kind);

function readNodes(scope: Scope, nodes: readonly NodeProto[], made: Map<string, Item | null>): Lookup {
  const lookup: Lookup = (name) => made.get(name) ?? (made.has(name) ? null : scope.outer(name));
  for (const proto of nodes) {
    const label = `node '${proto.name || proto.output[0]}' (${proto.opType})`;
    try {
      if (proto.opType === 'Constant' && made.has(proto.output[0] ?? '')) continue; // a stored tensor
      const items = proto.input.map((name) => (name === '' ? null : found(lookup, made, scope, name)));
      const results = readNode(scope, proto, items, lookup);
      proto.output.forEach((name, i) => {
        const item = results[i];
        if (name === '' || !item) return;
        if (made.has(name)) throw new OnnxError(`it makes '${name}', which there is already`);
        checkedShape(item.shape.map(BigInt), `its output '${name}'`);
        made.set(name, item);
      });
    } catch (error) {
      if (!isMisfit(error)) throw error;
      throw new OnnxError(error.message.startsWith('node ') ? error.message : `${label}: ${error.message}`, {
        cause: error,
      });
    }
  }
  return lookup;
}

function found(lookup: Lookup, made: ReadonlyMap<string, Item | null>, scope: Scope, name: string): Item | null {
  const item = lookup(name);
  if (item || made.has(name) || scope.calls.length) return item;
  throw new OnnxError(`it reads '${name}', which nothing before it makes`);
}

function readNode(
  scope: Scope,
  proto: NodeProto,
  items: readonly (Item | null)[],
  lookup: Lookup,
): readonly (Item | null)[] {
  const domain = domainOf(proto.domain);
  const called = scope.source.functions.get(functionKey(proto.domain, proto.opType, proto.overload));
  const attribute = attributesOf(proto, scope.attribute);
  if (called) return callFunction(scope, called, items, attribute);
  const opset = scope.opsets.get(domain) ?? (domain === 'com.microsoft' ? 1 : null);
  if (opset === null) throw new OnnxError(`the model states no version of the operator set '${domain || 'ai.onnx'}'`);
  const place = `node '${proto.name || proto.output[0]}', which reads ${proto.input.filter((name) => name).join(', ')}`;
  const layer = scope.calls.length ? null : (scope.source.layers.get(proto.output[0] ?? '') ?? null);
  const node = onnxNode({ proto, opset, place, items, attribute, layer, parameters: scope.parameters });
  const special = domain === '' && Object.hasOwn(specials, proto.opType) ? specials[proto.opType] : undefined;
  if (special) return special(node, scope, lookup, attribute);
  const folded = foldNode(node, domain, items);
  if (folded) return folded;
  const row = rowOf(domain, proto.opType, opset);
  if (!row)
    throw new OnnxError(
      `${domain ? `${domain}.` : ''}${proto.opType} (opset ${opset}) is not among the operators that are read`,
    );
  const made = row.read(node);
  const all: readonly (Value | Item)[] = Array.isArray(made) ? made : [made as Value | Item];
  return all.map((one) => ('value' in one ? one : valueItem(one)));
}

/** Computes the node here, if all that it reads is known and few. */
function foldNode(node: OnnxNode, domain: string, items: readonly (Item | null)[]): readonly Item[] | null {
  const fold = foldOf(domain, node.op);
  if (!fold || items.length === 0) return null;
  const inputs = items.map((item) => item?.known);
  if (items.some((item, i) => item && !inputs[i])) return null;
  try {
    const results = fold(node, inputs as Known[]);
    return (Array.isArray(results) ? (results as readonly Known[]) : [results as Known]).map(knownItem);
  } catch (error) {
    if (error instanceof TooManyError) return null; // left to the graph
    throw error;
  }
}

function attributesOf(proto: NodeProto, call: FindAttribute): FindAttribute {
  return (name) => {
    const own = proto.attribute.find((attribute) => attribute.name === name);
    return own?.refAttrName ? call(own.refAttrName) : own;
  };
}

/** A function of the model's own is read in place of its call. */
function callFunction(
  scope: Scope,
  called: FunctionProto,
  items: readonly (Item | null)[],
  attribute: FindAttribute,
): readonly (Item | null)[] {
  const name = `${called.domain}.${called.name}`;
  if (scope.calls.includes(name)) throw new OnnxError(`the function ${name} calls itself`);
  const inner: Scope = {
    ...scope,
    opsets: called.opsetImport.length ? opsetsOf(called.opsetImport) : scope.opsets,
    attribute: (wanted) => attribute(wanted) ?? called.attributeProto.find((own) => own.name === wanted),
    calls: [...scope.calls, name],
    outer: () => null,
  };
  const given = new Map(called.input.map((input, i) => [input, items[i] ?? null]));
  const results = readNodes(inner, called.node, given);
  return called.output.map((output) => results(output));
}

type Special = (node: OnnxNode, scope: Scope, lookup: Lookup, attribute: FindAttribute) => readonly (Item | null)[];

/** Operators that are about the graph itself. */
const specials: Readonly<Record<string, Special>> = {
  Constant(node, _scope, _lookup, attribute) {
    const tensor = node.tensor('value');
    if (tensor) return [smallConstant(tensor)];
    const [ints, floats] = [node.optionalInts('value_ints'), node.optionalFloats('value_floats')];
    if (ints) return [knownItem(knownInts(ints))];
    if (floats) return [knownItem(known('float32', [floats.length], Float64Array.from(floats)))];
    if (attribute('value_float')) return [knownItem(known('float32', [], Float64Array.of(node.float('value_float'))))];
    if (attribute('value_int')) return [knownItem(known('int64', [], Float64Array.of(node.int('value_int'))))];
    throw new OnnxError('a constant that is neither a tensor nor numbers is not read');
  },

  // Which branch is taken must follow from the model and its input shapes.
  If(node, scope, lookup) {
    const branch = node.graph(node.known(0).data[0] ? 'then_branch' : 'else_branch');
    const given = new Map<string, Item | null>();
    for (const tensor of branch.initializer) given.set(tensor.name, smallConstant(tensor));
    const results = readNodes({ ...scope, outer: lookup }, branch.node, given);
    return branch.output.map(({ name }) => results(name));
  },

  Loop: refuseControlFlow,
  Scan: refuseControlFlow,
};

function refuseControlFlow(node: OnnxNode): never {
  throw new OnnxError(
    `${node.op} is control flow that depends on data, which a static graph has none of. Export without it`,
  );
}

/** A tensor inside a branch or a function. */
function smallConstant(proto: Parameters<typeof storedTensor>[0]): Item {
  const refuse = (): never => {
    throw new OnnxError('external data is only read for the initialisers of the main graph');
  };
  const tensor = storedTensor(proto, proto.name, {
    model: new Uint8Array(),
    file: null,
    external: { source: refuse, read: refuse },
  });
  const numbers = numbersOf(tensor);
  return size(tensor.shape) <= 2 ** 16 ? knownItem(numbers) : valueItem(knownItem(numbers).value());
}
