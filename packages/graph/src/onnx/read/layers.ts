import type { GraphProto, NodeProto } from '../onnx_pb.js';
import { namesRead } from './reads.js';
import type { StoredTensor } from './tensor.js';

/** A place where a LoRA can sit: a product or convolution with a stored weight. */
export interface OnnxLayer {
  /** The module's path where the exporter noted it, else the weight's name. */
  readonly path: string;
  /** Name of the stored weight. */
  readonly weight: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Height and width of a convolution's kernel; null for a linear layer. */
  readonly kernel: readonly [number, number] | null;
  /** The weight is stored (out, in, …), as PyTorch keeps it; else (in, out). */
  readonly outFirst: boolean;
  /** A node that reads the weight too and is no layer of it: a LoRA can be trained, but not merged into the weight. */
  readonly sharedWith: string | null;
}

/** A stored weight as a node reads it. */
interface Reached {
  readonly tensor: StoredTensor;
  readonly swapped: boolean;
}

/** The layers of a model, by the first output of their node. */
export function layersOf(
  { node: nodes }: GraphProto,
  tensors: ReadonlyMap<string, StoredTensor>,
): ReadonlyMap<string, OnnxLayer> {
  const reached = new Map<string, Reached>();
  for (const tensor of tensors.values())
    if (tensor.type.dtype === 'float32') reached.set(tensor.name, { tensor, swapped: false });
  const others = new Map<string, string>();
  const found = new Map<string, { node: NodeProto; weight: Reached }>();
  for (const node of nodes) {
    const passed = passOn(node, reached);
    if (passed && node.output[0]) reached.set(node.output[0], passed);
    if (passed) continue;
    const weight = isLayer(node) ? reached.get(node.input[1] ?? '') : undefined;
    if (weight && node.output[0] && fits(node, weight.tensor)) found.set(node.output[0], { node, weight });
    const names = [...namesRead(node)];
    for (const name of weight ? names.toSpliced(1, 1) : names) {
      const other = reached.get(name);
      if (other) others.set(other.tensor.name, `node '${node.name || node.output[0]}' (${node.opType})`);
    }
  }
  const paths = new Map<string, string>();
  return new Map(
    [...found].map(([output, { node, weight }]) => {
      const layer = describe(node, weight);
      // One path for two weights would be one LoRA for two layers.
      const owner = paths.get(layer.path) ?? layer.weight;
      paths.set(layer.path, owner);
      const path = owner === layer.weight ? layer.path : layer.weight;
      return [output, { ...layer, path, sharedWith: others.get(layer.weight) ?? null }];
    }),
  );
}

/** Nodes that only pass a weight on, or turn it. */
function passOn({ opType, input, attribute }: NodeProto, reached: ReadonlyMap<string, Reached>): Reached | null {
  const from = reached.get(input[0] ?? '');
  if (!from) return null;
  if (opType === 'Identity' || opType === 'Cast') return from;
  if (opType !== 'Transpose' || from.tensor.shape.length !== 2) return null;
  const perm = attribute.find(({ name }) => name === 'perm')?.ints.map(Number) ?? [1, 0];
  return perm[0] === 0 ? from : { tensor: from.tensor, swapped: !from.swapped };
}

const isLayer = ({ opType, domain }: NodeProto): boolean =>
  domain === '' && ['MatMul', 'Gemm', 'Conv'].includes(opType);

const intOf = ({ attribute }: NodeProto, attributeName: string, otherwise: number): number =>
  Number(attribute.find(({ name }) => name === attributeName)?.i ?? otherwise);

function fits(node: NodeProto, { shape }: StoredTensor): boolean {
  if (node.opType === 'Conv') return (shape.length === 4 || shape.length === 3) && intOf(node, 'group', 1) === 1;
  return shape.length === 2 && !intOf(node, 'transA', 0);
}

function describe(node: NodeProto, { tensor, swapped }: Reached): Omit<OnnxLayer, 'sharedWith'> {
  const { name: weight, shape } = tensor;
  const path = /^(.+)\.weight$/.exec(weight)?.[1] ?? scopeOf(node) ?? weight;
  if (node.opType === 'Conv') {
    const [outputs, inputs] = shape as [number, number];
    const kernel = (shape.length === 3 ? [1, shape[2]] : shape.slice(2)) as [number, number];
    return { path, weight, inputs, outputs, kernel, outFirst: true };
  }
  const transposed = node.opType === 'Gemm' && intOf(node, 'transB', 0) === 1;
  const outFirst = transposed !== swapped;
  const [inputs, outputs] = (outFirst ? [shape[1], shape[0]] : shape) as [number, number];
  return { path, weight, inputs, outputs, kernel: null, outFirst };
}

/**
 * PyTorch's exporters note the module that a node comes from: the older one in the node's name
 * (`/down_blocks.0/attn1/to_q/MatMul`), the newer one in its metadata (`['', 'encoder', 'encoder.fc1', 'linear']`).
 */
function scopeOf({ name, metadataProps }: NodeProto): string | null {
  const scopes = metadataProps.find(({ key }) => key === 'pkg.torch.onnx.name_scopes')?.value;
  if (scopes) return [...scopes.matchAll(/'([^']*)'/g)].at(-2)?.[1] || null;
  const parts = name.split('/');
  return parts.length > 2 && parts[0] === '' ? parts.slice(1, -1).join('.') : null;
}
