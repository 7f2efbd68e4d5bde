import {
  float32ToFloat16,
  int8Scales,
  type Tensor,
  type TensorDtype,
  type TensorEntry,
  type TensorSource,
  toInt8Rows,
} from '@bradley/formats';
import { readStoredTensor, type StoredTensor, WeightError } from '@bradley/models';

/** A way to keep the matrices and kernels of a frozen network. */
interface Precision {
  /** The types, as stored, that are converted; others stay as they are. */
  readonly converts: readonly TensorDtype[];
  /** What is written for a tensor, by name; read when its turn comes. */
  written(name: string, stored: StoredTensor): readonly (readonly [string, TensorSource])[];
  /** How it is read from what was written. */
  place(name: string, written: (name: string) => TensorEntry, file: string): StoredTensor;
}

/** To add one, add a row: what it writes for a tensor, and where the tensor is then. */
const table = {
  float16: {
    converts: ['float32'],
    written: (name, stored) => [[name, sourceOf('float16', stored.shape, () => toFloat16(name, stored))]],
    place: (name, written, file) => ({ file, ...written(name) }),
  },
  int8: {
    converts: ['float32', 'float16', 'bfloat16'],
    // The scales lie before the numbers in the file, so each tensor is read twice.
    written(name, stored) {
      const rows = stored.shape[0] as number;
      const quantised = <Result>(work: (matrix: Float32Array) => Result): Promise<Result> =>
        readStoredTensor(stored).then((matrix) => explained(name, stored, () => work(matrix)));
      return [
        [scalesOf(name), sourceOf('float32', [rows], () => quantised((matrix) => int8Scales(matrix, rows)))],
        [name, sourceOf('int8', stored.shape, () => quantised((matrix) => toInt8Rows(matrix, rows).values))],
      ];
    },
    place: (name, written, file) => ({ file, ...written(name), scales: written(scalesOf(name)) }),
  },
} as const satisfies Readonly<Record<string, Precision>>;

/** How frozen weights are kept: as the model has them, or rounded once. */
export const frozenPrecisions = ['stored', 'float16', 'int8'] as const satisfies readonly (
  | 'stored'
  | keyof typeof table
)[];
export type FrozenPrecision = (typeof frozenPrecisions)[number];

export const precisions: Readonly<Record<Exclude<FrozenPrecision, 'stored'>, Precision>> = table;

const scalesOf = (name: string): string => `${name}:scales`;

function sourceOf(dtype: TensorDtype, shape: readonly number[], data: () => Promise<Tensor['data']>): TensorSource {
  return { dtype, shape, read: async () => ({ dtype, shape, data: await data() }) };
}

async function toFloat16(name: string, stored: StoredTensor): Promise<Uint16Array> {
  const values = await readStoredTensor(stored);
  const bits = float32ToFloat16(values);
  for (let i = 0; i < bits.length; i++)
    if (((bits[i] as number) & 0x7c00) === 0x7c00)
      throw new WeightError(
        `${name}: ${stored.file} has ${values[i]}, but float16 ends at 65504. Keep the frozen weights as they are stored.`,
      );
  return bits;
}

function explained<Result>(name: string, { file }: StoredTensor, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new WeightError(`${name}: in ${file}, ${cause.message}. The model is damaged: download it again.`, { cause });
  }
}
