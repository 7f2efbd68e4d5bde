import { storedSource, type TensorDtype, toFloat32 } from '@bradley/formats';
import { cast, type DType, type Shape, transpose, type Value, weight } from '@bradley/graph';
import type { ParameterStore } from './params.js';

/** A tensor's place in a file, as a safetensors header gives it. */
export interface StoredTensor {
  readonly file: string;
  readonly dtype: string;
  readonly shape: Shape;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
  /** The bytes hold the transpose of this matrix. */
  readonly transposed?: true;
}

/** The weights of a folder do not fit the model that its config describes. */
export class WeightError extends Error {
  override name = 'WeightError';
}

/**
 * Frozen tensors, read where they lie. A tensor asked for twice is the same value, so that policy, reference and sampler
 * share it. 16-bit storage is widened to float32 in the graph.
 *
 * @throws WeightError naming the tensor, the shape needed and the shape found.
 */
export function checkpointStore(tensors: ReadonlyMap<string, StoredTensor>, source: string): ParameterStore {
  const values = new Map<string, Value>();
  return {
    tensor(path, shape) {
      const before = values.get(path);
      if (before) return before;
      const stored = storedTensor(tensors, path, shape, source);
      const { file, offset, byteLength, transposed } = stored;
      const layout = transposed ? [...shape].reverse() : shape;
      const there = cast(weight(path, layout, stored.dtype as DType, { file, offset, length: byteLength }), 'float32');
      const value = transposed ? transpose(there, [1, 0]) : there; // `fold` takes it into the product
      values.set(path, value);
      return value;
    },
    adapter: () => null,
  };
}

/** Reads a tensor from its file, as float32. */
export async function readStoredTensor(stored: StoredTensor): Promise<Float32Array> {
  const { file, dtype } = stored;
  return toFloat32(await storedSource(file, { ...stored, dtype: dtype as TensorDtype }).read());
}

/** The entry of that name, checked against the shape that the model needs. */
export function storedTensor(
  tensors: ReadonlyMap<string, StoredTensor>,
  path: string,
  shape: Shape,
  source: string,
): StoredTensor {
  const stored = tensors.get(path);
  const advice = 'config.json and the weights disagree: check that both come from the same model folder.';
  if (!stored) {
    const similar = [...tensors.keys()]
      .filter((name) => name.startsWith(path.split('.').slice(0, -2).join('.')))
      .slice(0, 3);
    throw new WeightError(
      `${path}: the model needs (${shape.join(', ')}), but ${source} has no such tensor` +
        `${similar.length ? ` (it has ${similar.join(', ')}, …)` : ''}. ${advice}`,
    );
  }
  if (stored.shape.length !== shape.length || stored.shape.some((n, i) => n !== shape[i]))
    throw new WeightError(
      `${path}: the model needs (${shape.join(', ')}), but ${stored.file} has (${stored.shape.join(', ')}). ${advice}`,
    );
  if (!['float32', 'float16', 'bfloat16'].includes(stored.dtype))
    throw new WeightError(
      `${path}: ${stored.file} stores it as ${stored.dtype}, but weights are float32, float16 or bfloat16.`,
    );
  return stored;
}
