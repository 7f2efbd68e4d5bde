/** A matrix in 8 bits: row r is scales[r] · values[r], with values from −127 to 127. */
export interface Int8Rows {
  /** (rows, columns), row-major */
  readonly values: Int8Array;
  /** (rows): a 127th of the row's largest magnitude. */
  readonly scales: Float32Array;
}

/**
 * Rounds each row of a matrix to 255 evenly spaced numbers, symmetric about 0, ties to even: no number moves by more than half of its
 * row's scale. A row whose scale would be no normal float32 becomes zeros.
 *
 * @throws RangeError at a number that is not finite
 */
export function toInt8Rows(matrix: Float32Array, rows: number): Int8Rows {
  const columns = matrix.length / rows;
  const values = new Int8Array(matrix.length);
  const scales = int8Scales(matrix, rows);
  for (let row = 0, i = 0; row < rows; row++) {
    const scale = scales[row] as number;
    if (scale === 0) {
      i += columns;
      continue;
    }
    for (const end = i + columns; i < end; i++) {
      const ratio = (matrix[i] as number) / scale;
      values[i] = ratio + integral - integral;
    }
  }
  return { values, scales };
}

/** The scales of `toInt8Rows`. */
export function int8Scales(matrix: Float32Array, rows: number): Float32Array {
  const columns = matrix.length / rows;
  const scales = new Float32Array(rows);
  for (let row = 0, i = 0; row < rows; row++) {
    let largest = 0;
    for (const end = i + columns; i < end; i++) {
      const magnitude = Math.abs(matrix[i] as number);
      if (!(magnitude <= largest)) largest = magnitude; // a NaN stays, since nothing is above it
    }
    if (!Number.isFinite(largest)) throw new RangeError(`row ${row} has a number that is not finite`);
    const scale = largest / 127;
    scales[row] = scale < smallestNormal ? 0 : scale;
  }
  return scales;
}

/** The float32 numbers that stand for a matrix, as ONNX's DequantizeLinear computes them. */
export function fromInt8Rows({ values, scales }: Int8Rows): Float32Array {
  const matrix = new Float32Array(values.length);
  const columns = values.length / scales.length;
  for (let i = 0; i < matrix.length; i++)
    matrix[i] = (values[i] as number) * (scales[Math.floor(i / columns)] as number);
  return matrix;
}

/** Adding and taking away 1.5 · 2^52 rounds a small double to the nearest whole number, ties to even. */
const integral = 1.5 * 2 ** 52;

/** Below it numbers lose digits, and kernels read them as 0. */
const smallestNormal = 2 ** -126;
