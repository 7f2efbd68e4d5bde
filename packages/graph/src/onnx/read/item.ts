import type { DType, Shape, Value } from '../../value.js';
import { type Known, toConstant } from './known.js';

/** What a name in an ONNX graph stands for while the graph is read. */
export interface Item {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Its numbers, where they follow from the model and the input shapes alone and are few. */
  readonly known: Known | null;
  /** It as a value of our graph. */
  value(): Value;
}

export function valueItem(value: Value): Item {
  return { dtype: value.dtype, shape: value.shape, known: null, value: () => value };
}

export function knownItem(known: Known): Item {
  let made: Value | null = null;
  return {
    dtype: known.dtype,
    shape: known.shape,
    known,
    value() {
      made ??= toConstant(known);
      return made;
    },
  };
}
