import { graph, is } from '../../graph.js';
import { cast } from '../../ops/elementwise.js';
import { constant, weight } from '../../ops/leaf.js';
import { recognise } from '../../passes/recognise.js';
import { type DType, type Shape, sameShape, size, type Value } from '../../value.js';
import type { NodeProto } from '../onnx_pb.js';
import { type Item, knownItem, valueItem } from './item.js';
import { toConstant } from './known.js';
import type { OnnxPort, OnnxSource } from './model.js';
import { OnnxError } from './onnx-error.js';
import { frozen, type OnnxParameters } from './parameters.js';
import { namesRead } from './reads.js';
import { numbersOf, type StoredTensor } from './tensor.js';
import { walk } from './walk.js';

export interface ImportOptions {
  /** What stands in for stored tensors, or beside them. Default: the model as it is. */
  readonly parameters?: OnnxParameters;
  /** The outputs that are wanted; what they do not need is not read. Default: all. */
  readonly outputs?: readonly string[];
}

/**
 * Applies an ONNX model to values: its nodes become ours, its outputs come back by name. The shapes of the inputs bind the
 * model's named lengths, and everything that follows from them is computed here, so that the result is static. The same
 * model may be applied many times: frozen tensors are shared.
 *
 * @throws OnnxError naming the node that cannot be read, and why
 */
export function importOnnx(
  source: OnnxSource,
  inputs: Readonly<Record<string, Value>>,
  { parameters = frozen, outputs }: ImportOptions = {},
): Record<string, Value> {
  try {
    const wanted = outputs ?? source.outputs.map(({ name }) => name);
    const nodes = neededNodes(source, wanted);
    const known = new Map<string, Item>();
    const read = new Set(nodes.flatMap((node) => [...namesRead(node)]).concat(wanted));
    bindInputs(source.inputs, inputs, read);
    for (const { name } of source.inputs) {
      const value = inputs[name];
      if (value) known.set(name, inputItem(value));
    }
    for (const tensor of source.tensors.values())
      if (read.has(tensor.name)) known.set(tensor.name, storedItem(tensor, parameters));
    const results = walk(source, nodes, known, parameters);
    const made = wanted.map((name): [string, Value] => {
      const item = results(name);
      if (!item) throw new OnnxError(`nothing makes the output '${name}'`);
      return [name, item.value()];
    });
    return Object.fromEntries(recognise(graph(Object.fromEntries(made))).outputs);
  } catch (error) {
    if (error instanceof OnnxError) throw new OnnxError(`${source.label}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** The nodes that the outputs depend on, in the order of the file, which is topological. */
function neededNodes({ graph }: OnnxSource, outputs: readonly string[]): NodeProto[] {
  const needed = new Set(outputs);
  const kept = graph.node.toReversed().filter((node) => {
    if (!node.output.some((name) => name && needed.has(name))) return false;
    for (const name of namesRead(node)) needed.add(name);
    return true;
  });
  return kept.reverse();
}

/** Checks what is given against what the model takes. */
function bindInputs(
  ports: readonly OnnxPort[],
  given: Readonly<Record<string, Value>>,
  read: ReadonlySet<string>,
): void {
  const unknown = Object.keys(given).filter((name) => !ports.some((port) => port.name === name));
  const names = ports.map(({ name }) => name).join(', ');
  if (unknown.length) throw new OnnxError(`it has no input called ${unknown.join(', ')}; it takes ${names}`);
  const lengths = new Map<string, number>();
  for (const { name, dtype, shape } of ports) {
    const value = given[name];
    if (!value && read.has(name)) throw new OnnxError(`its input '${name}' is missing; it takes ${names}`);
    if (!value) continue;
    const need = `${dtype} (${shape.map((n) => n ?? '?').join(', ')})`;
    const fits = value.dtype === dtype && value.shape.length === shape.length;
    const same = (n: number | string | null, i: number): boolean => {
      const length = value.shape[i] as number;
      if (typeof n !== 'string') return n === null || n === length;
      const before = lengths.get(n) ?? length;
      lengths.set(n, before);
      return before === length;
    };
    if (!fits || !shape.every(same)) {
      const bound = [...lengths].map(([symbol, n]) => `${symbol} = ${n}`).join(', ');
      throw new OnnxError(
        `its input '${name}' is ${need}, but got ${value.dtype} (${value.shape.join(', ')})${bound && ` where ${bound}`}`,
      );
    }
  }
}

/** What is given: a constant of few numbers counts as known, so that a flag may choose the branch of an If. */
function inputItem(value: Value): Item {
  if (!is(value.node, 'Constant') || size(value.shape) > fewFloats) return valueItem(value);
  const { dtype, shape } = value;
  return knownItem({ dtype, shape, data: Float64Array.from(value.node.attributes.data as ArrayLike<number>, Number) });
}

/** Floats of this many numbers at most are computed with while reading: scales, paddings, scalars. */
const fewFloats = 16;
const fewIntegers = 2 ** 16;

const frozenItems = new WeakMap<StoredTensor, Item>();

/** A stored tensor as an item: what training puts in its place, else numbers if they are few, else the file's bytes in place. */
function storedItem(tensor: StoredTensor, parameters: OnnxParameters): Item {
  const { name, shape, type } = tensor;
  const isFloat = type.dtype === 'float32';
  const replaced = isFloat ? parameters.tensor(name, shape) : null;
  if (replaced && !(replaced.dtype === 'float32' && sameShape(replaced.shape, shape)))
    throw new OnnxError(`what replaces '${name}' must be float32 (${shape.join(', ')})`);
  if (replaced) return valueItem(replaced);
  const before = frozenItems.get(tensor);
  if (before) return before;
  const few = isFloat ? shape.length <= 1 && size(shape) <= fewFloats : size(shape) <= fewIntegers;
  const item = few ? knownItem(numbersOf(tensor)) : valueItem(frozenValue(tensor));
  frozenItems.set(tensor, item);
  return item;
}

/** Element types that the runtime reads in place. */
const inPlace: Readonly<Record<string, DType>> = {
  float32: 'float32',
  float16: 'float16',
  bfloat16: 'bfloat16',
  int64: 'int64',
  int32: 'int32',
  bool: 'bool',
};

function frozenValue(tensor: StoredTensor): Value {
  const { name, shape, type, source } = tensor;
  const dtype = inPlace[type.name];
  if (source && dtype) return cast(weight(name, shape, dtype, source), type.dtype);
  if (type.name === 'float32') return constant(float32(tensor.bytes()), shape as Shape);
  return toConstant(numbersOf(tensor));
}

function float32(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}
