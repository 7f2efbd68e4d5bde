import { fromInt8Rows, storedSource, type TensorDtype, type TensorEntry, toFloat32 } from '@bradley/formats';
import { cast, type DType, dequantize, type Shape, transpose, type Value, weight } from '@bradley/graph';
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
  /** Of int8: where the scales of its rows lie in the same file, (rows) float32. */
  readonly scales?: TensorEntry;
}

/** The weights of a folder do not fit the model that its config describes. */
export class WeightError extends Error {
  override name = 'WeightError';
}

/**
 * Frozen tensors, read where they lie. A tensor asked for twice is the same value, so that policy, reference and sampler
 * share it. Storage of 16 and 8 bits is widened to float32 in the graph.
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
      const { transposed } = stored;
      const there = frozen(path, stored, transposed ? [...shape].reverse() : shape);
      const value = transposed ? transpose(there, [1, 0]) : there; // `fold` takes it into the product
      values.set(path, value);
      return value;
    },
    adapter: () => null,
  };
}

/** The numbers of a file in float32; `shape` is that of the bytes. */
function frozen(path: string, { file, dtype, offset, byteLength, scales }: StoredTensor, shape: Shape): Value {
  const there = weight(path, shape, dtype as DType, { file, offset, length: byteLength });
  if (!scales) return cast(there, 'float32');
  const at = { file, offset: scales.offset, length: scales.byteLength };
  return dequantize(there, weight(`${path}:scales`, scales.shape, 'float32', at));
}

/** Reads a tensor from its file, as float32. */
export async function readStoredTensor(stored: StoredTensor): Promise<Float32Array> {
  const { file, dtype, scales } = stored;
  const { data, ...type } = await storedSource(file, { ...stored, dtype: dtype as TensorDtype }).read();
  if (!scales) return toFloat32({ data, ...type });
  return fromInt8Rows({ values: data as Int8Array, scales: toFloat32(await storedSource(file, scales).read()) });
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
  if (!['float32', 'float16', 'bfloat16', ...(stored.scales ? ['int8'] : [])].includes(stored.dtype))
    throw new WeightError(
      `${path}: ${stored.file} stores it as ${stored.dtype}, but weights are float32, float16 or bfloat16.`,
    );
  return stored;
}
