import { constant, dim, matmul, upsampleNearest, type Value } from '@bradley/graph';

/**
 * Nearest-neighbour resizing to a given size, as torch.nn.functional.interpolate(mode='nearest'): source index ⌊i · in/out⌋.
 * Doubling is one op; other sizes are two products with 0/1 matrices.
 */
export function resizeNearest(x: Value, height: number, width: number): Value {
  const [h, w] = [dim(x, 2), dim(x, 3)];
  if (height === 2 * h && width === 2 * w) return upsampleNearest(x, 2);
  return matmul(
    matmul(constant(selection(height, h), [height, h]), x),
    constant(transposed(selection(width, w), width, w), [w, width]),
  );
}

/** (out, in): row i has its one at column ⌊i · in/out⌋. */
function selection(out: number, from: number): Float32Array {
  const rows = new Float32Array(out * from);
  for (let i = 0; i < out; i++) rows[i * from + Math.floor((i * from) / out)] = 1;
  return rows;
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(matrix, (_, k) => matrix[(k % rows) * columns + Math.floor(k / rows)] as number);
}
