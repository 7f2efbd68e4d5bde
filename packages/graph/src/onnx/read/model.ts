import { fromBinary } from '@bufbuild/protobuf';
import type { DType, Shape } from '../../value.js';
import {
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type ValueInfoProto,
} from '../onnx_pb.js';
import { layersOf, type OnnxLayer } from './layers.js';
import { OnnxError } from './onnx-error.js';
import { domainOf, readableOpsets } from './table.js';
import { type ExternalData, type StoredTensor, storageType, storedTensor } from './tensor.js';

/** What a model takes or gives. A length that is only named is bound by the inputs; null is one without a name. */
export interface OnnxPort {
  readonly name: string;
  /** How the model stores it: `float16`. */
  readonly storage: string;
  /** What we compute with: 16-bit and 64-bit floats are float32. */
  readonly dtype: DType;
  readonly shape: readonly (number | string | null)[];
}

/** An ONNX model whose parts have been checked, but whose nodes have not been read. */
export interface OnnxSource {
  /** For messages: the file. */
  readonly label: string;
  readonly proto: ModelProto;
  readonly graph: GraphProto;
  /** Version of each domain's operator set. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly functions: ReadonlyMap<string, FunctionProto>;
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** Initialisers, and what Constant nodes hold, by name. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Where a LoRA can sit, by the first output of the node. */
  readonly layers: ReadonlyMap<string, OnnxLayer>;
}

export interface ReadOptions {
  readonly label: string;
  /** Absolute path of the file that the bytes are, so that tensors in it are read in place; null for none. */
  readonly file: string | null;
  readonly external: ExternalData;
}

/**
 * Reads an ONNX model's parts. Nothing is computed, and no tensor is copied.
 *
 * @throws OnnxError when it is no ONNX model, or of an operator set that is not read
 */
export function readOnnx(bytes: Uint8Array, { label, file, external }: ReadOptions): OnnxSource {
  try {
    const proto = parsed(bytes);
    const graph = proto.graph;
    if (!graph) throw new OnnxError('it holds no graph. Is it an ONNX model?');
    const opsets = opsetsOf(proto.opsetImport);
    const tensors = new Map<string, StoredTensor>();
    const initialisers = graph.initializer.map((tensor) => [tensor.name, tensor] as const);
    const constants = graph.node.flatMap(({ opType, domain, output, attribute }) => {
      const tensor = attribute.find(({ name, t }) => name === 'value' && t)?.t;
      return opType === 'Constant' && domainOf(domain) === '' && tensor ? [[output[0] ?? '', tensor] as const] : [];
    });
    for (const [name, tensor] of [...initialisers, ...constants]) {
      if (tensors.has(name)) throw new OnnxError(`two tensors are called '${name}'`);
      tensors.set(name, storedTensor(tensor, name, { model: bytes, file, external }));
    }
    return {
      label,
      proto,
      graph,
      opsets,
      functions: new Map(proto.functions.map((f) => [functionKey(f.domain, f.name, f.overload), f])),
      inputs: graph.input.filter(({ name }) => !tensors.has(name)).map(portOf),
      outputs: graph.output.map(portOf),
      tensors,
      layers: layersOf(graph, tensors),
    };
  } catch (error) {
    if (error instanceof OnnxError) throw new OnnxError(`${label}: ${error.message}`, { cause: error });
    throw error;
  }
}

function parsed(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new OnnxError('it cannot be decoded: it is damaged, cut short, or no ONNX model', { cause });
  }
}

/** The versions of operator sets that a model or function states, checked against those that are read. */
export function opsetsOf(imports: readonly { domain: string; version: bigint }[]): ReadonlyMap<string, number> {
  const opsets = new Map(imports.map(({ domain, version }) => [domainOf(domain), Number(version)]));
  const [first, last] = readableOpsets;
  const version = opsets.get('');
  if (version !== undefined && (version < first || version > last))
    throw new OnnxError(`it is of opset ${version}, and ${first} to ${last} are read. Export it again, or convert it`);
  return opsets;
}

export const functionKey = (domain: string, name: string, overload: string): string =>
  JSON.stringify([domainOf(domain), name, overload]);

function portOf({ name, type }: ValueInfoProto): OnnxPort {
  const tensor = type?.value.case === 'tensorType' ? type.value.value : null;
  if (!tensor) throw new OnnxError(`'${name}' is no tensor: sequences, maps and optional values are not read`);
  const { name: storage, dtype } = storageType(tensor.elemType, `'${name}'`);
  return { name, storage, dtype, shape: (tensor.shape?.dim ?? []).map(({ value }) => lengthOf(name, value)) };
}

function lengthOf(name: string, value: { case?: string | undefined; value?: unknown }): number | string | null {
  if (value.case === 'dimParam') return (value.value as string) || null;
  if (value.case !== 'dimValue') return null;
  const n = Number(value.value);
  if (n < 0 || n > 2 ** 31) throw new OnnxError(`'${name}' has an axis of length ${n}`);
  return n;
}

/**
 * The shape that a port has where its named lengths are these.
 * @throws OnnxError naming the lengths that are missing
 */
export function boundShape({ name, shape }: OnnxPort, lengths: Readonly<Record<string, number>>): Shape {
  const missing = shape.filter((n) => typeof n === 'string' && lengths[n] === undefined);
  if (missing.length || shape.includes(null))
    throw new OnnxError(
      `'${name}' has the shape (${shape.map((n) => n ?? '?').join(', ')}): give ${missing.join(', ') || 'its shape'}`,
    );
  return shape.map((n) => (typeof n === 'string' ? (lengths[n] as number) : (n as number)));
}
