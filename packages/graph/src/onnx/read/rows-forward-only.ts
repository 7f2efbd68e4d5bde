import { foreign } from '../../ops/foreign.js';
import { always, type Rows } from './row.js';

/**
 * Operators that ONNX Runtime computes and that have no gradient rule here: a model that has one can be run, and trained
 * wherever no gradient must pass through it. These keep the type of their input and take no attributes.
 */
export const forwardOnlyRows: Rows = Object.fromEntries(
  ['Tan', 'Asin', 'Acos', 'Atan', 'Sinh', 'Cosh', 'Asinh', 'Acosh', 'Atanh', 'Det'].map((op) => [
    op,
    always((node) => {
      const x = node.value(0);
      const shape = op === 'Det' ? x.shape.slice(0, -2) : x.shape;
      return foreign(op, [x], { place: node.place }, [{ dtype: x.dtype, shape }]);
    }),
  ]),
);

export const forwardOnly: readonly string[] = Object.keys(forwardOnlyRows);
