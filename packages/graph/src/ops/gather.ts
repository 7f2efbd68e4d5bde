import { dim, make, ShapeError, sameShape, type Value } from '../value.js';
import type { None } from './table.js';

export interface GatherOps {
  /** Rows of a table: inputs table (V, …), indices int (…) → (indices…, …). */
  Gather: { inputs: [Value, Value]; attributes: None };
  /** Adds rows to a table: inputs table (V, …), indices int (n), updates (n, …) → (V, …). Equal indices add up. */
  ScatterAdd: { inputs: [Value, Value, Value]; attributes: None };
}

/** table (V, …)[indices] → (indices…, …): embeddings, timestep tables. Indices must lie in [0, V). */
export function gather(table: Value, indices: Value): Value {
  if (indices.dtype !== 'int64' && indices.dtype !== 'int32')
    throw new TypeError(`Gather: indices are ${indices.dtype}, need int64 or int32`);
  return make(
    'Gather',
    [table, indices],
    {},
    { dtype: table.dtype, shape: [...indices.shape, ...table.shape.slice(1)] },
  );
}

/** table with updates[i] added to row indices[i]. */
export function scatterAdd(table: Value, indices: Value, updates: Value): Value {
  if (indices.shape.length !== 1 || !sameShape(updates.shape, [dim(indices, 0), ...table.shape.slice(1)]))
    throw new ShapeError(
      `ScatterAdd: updates (${updates.shape.join(', ')}) at (${indices.shape.join(', ')}) do not fit a table (${table.shape.join(', ')})`,
    );
  return make('ScatterAdd', [table, indices, updates], {}, table);
}
