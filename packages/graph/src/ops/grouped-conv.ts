import { commonType, dim, make, ShapeError, type Value } from '../value.js';
import type { ConvGeometry } from './conv.js';

/** A convolution whose channels fall into groups that do not see each other, or whose taps lie apart. */
export interface GroupedGeometry extends ConvGeometry {
  readonly group: number;
  readonly dilations: readonly [number, number];
}

export interface GroupedConvOps {
  /** x (B, I, H, W), w (O, I/group, kH, kW), bias (O)? → (B, O, H', W') */
  GroupedConv: { inputs: [Value, Value] | [Value, Value, Value]; attributes: GroupedGeometry };
  /** The transpose of GroupedConv in x: g (B, O, H', W'), w (O, I/group, kH, kW) → (B, I, H, W). */
  GroupedConvTranspose: {
    inputs: [Value, Value];
    attributes: GroupedGeometry & { outputPadding: readonly [number, number] };
  };
}

/** A 2-D convolution with groups and dilation. A plain one is `conv`, which has faster kernels. */
export function groupedConv(x: Value, w: Value, bias: Value | null, geometry: GroupedGeometry): Value {
  const { group, strides, pads } = geometry;
  if (
    x.shape.length !== 4 ||
    w.shape.length !== 4 ||
    dim(x, 1) !== dim(w, 1) * group ||
    dim(w, 0) % group ||
    (bias && (bias.shape.length !== 1 || bias.shape[0] !== dim(w, 0)))
  )
    throw new ShapeError(
      `GroupedConv: x (${x.shape.join(', ')}), w (${w.shape.join(', ')}), bias (${bias?.shape.join(', ') ?? ''}) in ${group} groups do not fit`,
    );
  const [kh, kw] = reach(w, geometry);
  const height = Math.floor((dim(x, 2) + pads[0] + pads[2] - kh) / strides[0]) + 1;
  const width = Math.floor((dim(x, 3) + pads[1] + pads[3] - kw) / strides[1]) + 1;
  if (height < 1 || width < 1)
    throw new ShapeError(`GroupedConv: kernel ${kh}×${kw} is larger than (${x.shape.join(', ')})`);
  const operands: [Value, Value] | [Value, Value, Value] = bias ? [x, w, bias] : [x, w];
  const shape = [dim(x, 0), dim(w, 0), height, width];
  return make('GroupedConv', operands, geometry, { dtype: commonType('GroupedConv', operands), shape });
}

/** The gradient of `groupedConv` with respect to an input of `height` × `width`, given the gradient g of its output. */
export function groupedConvTranspose(
  g: Value,
  w: Value,
  geometry: GroupedGeometry,
  height: number,
  width: number,
): Value {
  const { group, strides, pads } = geometry;
  const [kh, kw] = reach(w, geometry);
  const outputPadding = [
    height - ((dim(g, 2) - 1) * strides[0] + kh - pads[0] - pads[2]),
    width - ((dim(g, 3) - 1) * strides[1] + kw - pads[1] - pads[3]),
  ] as const;
  // The kernels take less padding than a stride or a dilation.
  const most = strides.map((stride, i) => Math.max(stride, geometry.dilations[i] as number));
  if (dim(g, 1) !== dim(w, 0) || dim(w, 0) % group || outputPadding.some((n, i) => n < 0 || n >= (most[i] as number)))
    throw new ShapeError(
      `GroupedConvTranspose: g (${g.shape.join(', ')}), w (${w.shape.join(', ')}) in ${group} groups do not give ${height}×${width}`,
    );
  return make(
    'GroupedConvTranspose',
    [g, w],
    { ...geometry, outputPadding },
    { dtype: commonType('GroupedConvTranspose', [g, w]), shape: [dim(g, 0), dim(w, 1) * group, height, width] },
  );
}

/** Height and width that a dilated kernel covers. */
function reach(w: Value, { dilations }: GroupedGeometry): readonly [number, number] {
  return [dilations[0] * (dim(w, 2) - 1) + 1, dilations[1] * (dim(w, 3) - 1) + 1];
}
