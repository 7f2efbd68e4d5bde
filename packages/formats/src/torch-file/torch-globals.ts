import type { TensorDtype } from '../tensor.js';
import { tensorTypes } from '../tensor.js';
import { isKind, type PickleHost, type PickleObject, type PickleValue } from './pickle.js';
import { saveTensorsAlone } from './torch-file-error.js';

/** The numbers of one or more tensors: a file in the archive. */
export interface TorchStorage extends PickleObject {
  readonly storage: { readonly dtype: TensorDtype; readonly key: string; readonly count: number };
}

/** A tensor as the pickle says it: which elements of its storage it has. */
export interface TorchTensor extends PickleObject {
  readonly tensor: {
    readonly storage: TorchStorage['storage'];
    /** In elements. */
    readonly offset: number;
    readonly shape: readonly number[];
    readonly strides: readonly number[];
  };
}

interface StorageType extends PickleObject {
  readonly dtype: TensorDtype;
}

const callable = (call: (args: readonly PickleValue[]) => PickleValue): PickleObject => ({ kind: 'object', call });
const storageOf = (dtype: TensorDtype): StorageType => ({ kind: 'object', dtype });
/** Something that a checkpoint may mention and that no tensor depends on. */
const unread: PickleObject = { kind: 'object' };

/** All that a file may name. What is not here is refused, not skipped: it could be any program. */
const globals: ReadonlyMap<string, PickleObject> = new Map<string, PickleObject>([
  ['collections.OrderedDict', callable(orderedDict)],
  ['torch._utils._rebuild_tensor_v2', callable(rebuildTensor)],
  ['torch._utils._rebuild_parameter', callable(([tensor]) => tensorOf(tensor))],
  ['torch.Size', callable(([sizes]) => sizes ?? null)],
  ['torch.device', callable(() => unread)],
  ['torch.FloatStorage', storageOf('float32')],
  ['torch.HalfStorage', storageOf('float16')],
  ['torch.BFloat16Storage', storageOf('bfloat16')],
  ['torch.DoubleStorage', storageOf('float64')],
  ['torch.LongStorage', storageOf('int64')],
  ['torch.IntStorage', storageOf('int32')],
  ['torch.CharStorage', storageOf('int8')],
  ['torch.ByteStorage', storageOf('uint8')],
  ['torch.BoolStorage', storageOf('bool')],
  ...Object.keys(tensorTypes).map((name) => [`torch.${name}`, unread] as const),
]);

export const torchHost: PickleHost = {
  global(module, name) {
    const found = globals.get(`${module}.${name}`);
    if (found) return found;
    throw new Error(`it names ${module}.${name}, which is no part of a tensor. ${saveTensorsAlone}`);
  },
  /** ('storage', type, key, device, number of elements) */
  persistent(id): TorchStorage {
    const [word, type, key, , count] = isKind(id, 'tuple') ? id.items : [];
    const dtype = type && typeof type === 'object' && 'dtype' in type ? (type as StorageType).dtype : undefined;
    if (word !== 'storage' || !dtype || typeof key !== 'string' || !isSize(count))
      throw new Error('it refers to something outside of it that is no storage of a tensor');
    return { kind: 'object', storage: { dtype, key, count } };
  },
};

export const isTensor = (value: PickleValue | undefined): value is TorchTensor =>
  isKind(value, 'object') && 'tensor' in value;

/** (storage, offset, size, stride, requires_grad, backward_hooks, …) */
function rebuildTensor([from, offset, size, stride]: readonly PickleValue[]): TorchTensor {
  const [shape, strides] = [sizes(size), sizes(stride)];
  if (!isKind(from, 'object') || !('storage' in from) || !isSize(offset) || !shape || shape.length !== strides?.length)
    throw new Error('it has a tensor without storage, shape or strides');
  return { kind: 'object', tensor: { storage: (from as TorchStorage).storage, offset, shape, strides } };
}

function tensorOf(value: PickleValue | undefined): TorchTensor {
  if (isTensor(value)) return value;
  throw new Error('it has a parameter without a tensor');
}

/** Empty: its items are set afterwards. */
function orderedDict([pairs]: readonly PickleValue[]): PickleValue {
  if (pairs !== undefined) throw new Error('it has an OrderedDict of an old kind');
  return { kind: 'dict', entries: new Map() };
}

function sizes(value: PickleValue | undefined): number[] | undefined {
  return isKind(value, 'tuple') && value.items.length <= maxRank && value.items.every(isSize)
    ? (value.items as number[])
    : undefined;
}

const maxRank = 64;

const isSize = (value: PickleValue | undefined): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
