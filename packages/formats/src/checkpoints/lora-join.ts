import { elementCount, float32Tensor, toFloat32 } from '../tensor.js';
import { LoraError, type LoraModule, type LoraModules, rankOf } from './lora-modules.js';

export interface WeightedLora {
  readonly modules: LoraModules;
  readonly strength: number;
}

/**
 * Several LoRAs as one: Σ strength · alpha / rank · B A of a layer is one product of the As below each other and the scaled Bs
 * side by side, of the ranks' sum. The result has alpha = rank, so that its B A is the whole update.
 *
 * @throws LoraError where two are of layers of different sizes
 */
export function joinLoras(loras: readonly WeightedLora[]): LoraModules {
  const layers = new Set(loras.flatMap(({ modules }) => [...modules.keys()]));
  return new Map(
    [...layers].map((layer) => {
      const parts = loras.flatMap(({ modules, strength }) => {
        const module = modules.get(layer);
        return module ? [{ module, scale: (strength * module.alpha) / rankOf(module) }] : [];
      });
      return [layer, joined(layer, parts)];
    }),
  );
}

function joined(layer: string, parts: readonly { readonly module: LoraModule; readonly scale: number }[]): LoraModule {
  const [first] = parts as [(typeof parts)[number]];
  const columns = elementCount(first.module.A.shape.slice(1));
  const rows = first.module.B.shape[0] as number;
  const rank = parts.reduce((sum, { module }) => sum + rankOf(module), 0);
  const A = new Float32Array(rank * columns);
  const B = new Float32Array(rows * rank);
  let at = 0;
  for (const { module, scale } of parts) {
    const own = rankOf(module);
    if (elementCount(module.A.shape) !== own * columns || module.B.shape[0] !== rows)
      throw new LoraError(
        `${layer}: one LoRA is of (${rows}, ${columns}), another of (${module.B.shape[0]}, ${elementCount(module.A.shape) / own}). ` +
          'They are for different models.',
      );
    A.set(toFloat32(module.A), at * columns);
    const up = toFloat32(module.B);
    for (let row = 0; row < rows; row++)
      for (let r = 0; r < own; r++) B[row * rank + at + r] = scale * (up[row * own + r] as number);
    at += own;
  }
  return {
    A: float32Tensor([rank, ...first.module.A.shape.slice(1)], A),
    B: float32Tensor([rows, rank, ...first.module.B.shape.slice(2)], B),
    alpha: rank,
  };
}

/** The shape of the weight that a LoRA is added to, as a matrix: (out, in · h · w). */
export const updateShape = ({ A, B }: LoraModule): readonly [number, number] => [
  B.shape[0] as number,
  elementCount(A.shape.slice(1)),
];

/**
 * Adds strength · alpha / rank · B A to a weight of that shape, in place; each element is summed in float64 and rounded once.
 * @param weight (out, in) or (out, in, h, w), row-major
 */
export function addLora(weight: Float32Array, module: LoraModule, strength = 1): void {
  const [rows, columns] = updateShape(module);
  if (weight.length !== rows * columns)
    throw new LoraError(`a LoRA of (${rows}, ${columns}) does not fit a weight of ${weight.length} numbers`);
  const rank = rankOf(module);
  const scale = (strength * module.alpha) / rank;
  const [A, B] = [toFloat32(module.A), toFloat32(module.B)];
  const sum = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const target = weight.subarray(row * columns, (row + 1) * columns);
    sum.set(target);
    for (let r = 0; r < rank; r++) {
      const b = scale * (B[row * rank + r] as number);
      for (let i = 0, at = r * columns; i < columns; i++, at++) sum[i] = (sum[i] as number) + b * (A[at] as number);
    }
    target.set(sum);
  }
}
