import { commonType, dim, make, ShapeError, type Value } from '../value.js';

/** Strides and zero padding of a 2-D convolution; pads are [top, left, bottom, right]. */
export interface ConvGeometry {
  readonly strides: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
}

export interface ConvOps {
  /** x (B, I, H, W), w (O, I, kH, kW), bias (O)? → (B, O, H', W') */
  Conv: { inputs: [Value, Value] | [Value, Value, Value]; attributes: ConvGeometry };
  /** The transpose of Conv in x: g (B, O, H', W'), w (O, I, kH, kW) → (B, I, H, W). */
  ConvTranspose: { inputs: [Value, Value]; attributes: ConvGeometry & { outputPadding: readonly [number, number] } };
  /** Nearest-neighbour enlargement by a whole factor: (B, C, H, W) → (B, C, fH, fW). */
  UpsampleNearest: { inputs: [Value]; attributes: { factor: number } };
  /** The transpose of UpsampleNearest: sums f × f patches. */
  SumPool: { inputs: [Value]; attributes: { factor: number } };
}

export const same1: ConvGeometry = { strides: [1, 1], pads: [0, 0, 0, 0] };

/** A 2-D convolution (cross-correlation, as everywhere in the field). */
export function conv(x: Value, w: Value, bias: Value | null, geometry: ConvGeometry): Value {
  const { strides, pads } = geometry;
  if (x.shape.length !== 4 || w.shape.length !== 4 || dim(x, 1) !== dim(w, 1) || (bias && bias.shape[0] !== dim(w, 0)))
    throw new ShapeError(
      `Conv: x (${x.shape.join(', ')}), w (${w.shape.join(', ')}), bias (${bias?.shape.join(', ') ?? ''}) do not fit`,
    );
  const height = Math.floor((dim(x, 2) + pads[0] + pads[2] - dim(w, 2)) / strides[0]) + 1;
  const width = Math.floor((dim(x, 3) + pads[1] + pads[3] - dim(w, 3)) / strides[1]) + 1;
  if (height < 1 || width < 1)
    throw new ShapeError(`Conv: kernel ${dim(w, 2)}×${dim(w, 3)} is larger than (${x.shape.join(', ')})`);
  const shape = [dim(x, 0), dim(w, 0), height, width];
  const operands: [Value, Value] | [Value, Value, Value] = bias ? [x, w, bias] : [x, w];
  return make('Conv', operands, geometry, { dtype: commonType('Conv', operands), shape });
}

/** The gradient of `conv` with respect to an input of `height` × `width`, given the gradient g of its output. */
export function convTranspose(g: Value, w: Value, geometry: ConvGeometry, height: number, width: number): Value {
  const { strides, pads } = geometry;
  const outputPadding = [
    height - ((dim(g, 2) - 1) * strides[0] + dim(w, 2) - pads[0] - pads[2]),
    width - ((dim(g, 3) - 1) * strides[1] + dim(w, 3) - pads[1] - pads[3]),
  ] as const;
  if (dim(g, 1) !== dim(w, 0) || outputPadding.some((n, i) => n < 0 || n >= (strides[i] as number)))
    throw new ShapeError(
      `ConvTranspose: g (${g.shape.join(', ')}), w (${w.shape.join(', ')}) do not give ${height}×${width}`,
    );
  const shape = [dim(g, 0), dim(w, 1), height, width];
  return make(
    'ConvTranspose',
    [g, w],
    { ...geometry, outputPadding },
    { dtype: commonType('ConvTranspose', [g, w]), shape },
  );
}

export function upsampleNearest(x: Value, factor: number): Value {
  const shape = [dim(x, 0), dim(x, 1), dim(x, 2) * factor, dim(x, 3) * factor];
  return make('UpsampleNearest', [x], { factor }, { dtype: x.dtype, shape });
}

export function sumPool(x: Value, factor: number): Value {
  if (dim(x, 2) % factor || dim(x, 3) % factor)
    throw new ShapeError(`SumPool: ${factor} does not divide (${x.shape.join(', ')})`);
  const shape = [dim(x, 0), dim(x, 1), dim(x, 2) / factor, dim(x, 3) / factor];
  return make('SumPool', [x], { factor }, { dtype: x.dtype, shape });
}
