import { readTensorEntry } from './safetensors.js';
import type { TensorEntry } from './safetensors-header.js';
import { elementCount, type Tensor, type TensorDtype, tensorBytes, tensorOver, tensorTypes } from './tensor.js';

/** A tensor that is read when it is needed, so that a file larger than memory can be written tensor by tensor. */
export interface TensorSource {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  read(): Promise<Tensor>;
}

/**
 * A tensor seen in a file of another layout: some rows of a stored one, the same numbers in another shape, or, where
 * `transposed`, the matrix whose transpose the bytes hold. Nothing is copied.
 */
export interface TensorView extends TensorEntry {
  readonly transposed?: true;
}

export function sourceOf(tensor: Tensor): TensorSource {
  return { dtype: tensor.dtype, shape: tensor.shape, read: async () => tensor };
}

/** A view of a tensor in the file at `path`. */
export function storedSource(path: string, view: TensorView): TensorSource {
  const bytes = { ...view, shape: view.transposed ? [...view.shape].reverse() : view.shape };
  const stored = { dtype: view.dtype, shape: bytes.shape, read: () => readTensorEntry(path, bytes) };
  return view.transposed ? transposedSource(stored) : stored;
}

/** The same numbers in another shape. */
export function reshapedSource(source: TensorSource, shape: readonly number[]): TensorSource {
  if (elementCount(shape) !== elementCount(source.shape))
    throw new RangeError(`(${source.shape.join(', ')}) cannot be seen as (${shape.join(', ')})`);
  return { ...source, shape, read: async () => ({ ...(await source.read()), shape }) };
}

/** (rows, columns) → (columns, rows) */
export function transposedSource(source: TensorSource): TensorSource {
  const [rows, columns] = source.shape as [number, number];
  const shape = [columns, rows];
  return {
    ...source,
    shape,
    async read() {
      const { dtype, data } = await source.read();
      const turned = tensorOver(dtype, shape, new ArrayBuffer(data.byteLength));
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          (turned.data as Float32Array)[column * rows + row] = (data as Float32Array)[row * columns + column] as number;
      return turned;
    },
  };
}

/** Tensors of one type one below the other, along axis 0. */
export function stackedSource(sources: readonly TensorSource[]): TensorSource {
  const [first] = sources as [TensorSource];
  const rest = first.shape.slice(1);
  const unlike = sources.find(({ dtype, shape }) => dtype !== first.dtype || shape.slice(1).join() !== rest.join());
  if (unlike)
    throw new RangeError(
      `${unlike.dtype} (${unlike.shape.join(', ')}) cannot be stacked on ${first.dtype} (${first.shape.join(', ')})`,
    );
  const shape = [sources.reduce((rows, source) => rows + (source.shape[0] as number), 0), ...rest];
  return {
    dtype: first.dtype,
    shape,
    async read() {
      const bytes = new Uint8Array(elementCount(shape) * tensorTypes[first.dtype].bytes);
      let at = 0;
      for (const source of sources) {
        const part = tensorBytes(await source.read());
        bytes.set(part, at);
        at += part.byteLength;
      }
      return tensorOver(first.dtype, shape, bytes.buffer);
    },
  };
}

/** Rows `[index · n, (index + 1) · n)` of a tensor whose first axis is cut into `count` parts of n. */
export function rowsOf(view: TensorEntry, index: number, count: number): TensorEntry {
  const byteLength = view.byteLength / count;
  return {
    ...view,
    shape: [(view.shape[0] as number) / count, ...view.shape.slice(1)],
    offset: view.offset + index * byteLength,
    byteLength,
  };
}
