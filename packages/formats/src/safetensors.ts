import { type FileHandle, open } from 'node:fs/promises';
import { replaceFile } from './atomic-file.js';
import {
  damaged,
  maxHeaderBytes,
  parseHeader,
  SafetensorsError,
  type SafetensorsHeader,
  safetensorsTypes,
  type TensorEntry,
} from './safetensors-header.js';
import {
  checkTensor,
  elementCount,
  type Tensor,
  type TensorDtype,
  tensorBytes,
  tensorOver,
  tensorTypes,
} from './tensor.js';
import type { TensorSource } from './tensor-source.js';

/** A safetensors file whose header has been read and checked; its tensors are read when asked for. */
export interface SafetensorsFile extends SafetensorsHeader {
  readonly path: string;
}

/**
 * Reads and checks the header only, whatever the size of the file.
 * @throws SafetensorsError for anything but a valid file
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  return reading(path, async (file) => {
    const { size } = await file.stat();
    if (size < 8) throw damaged(path, `it has ${size} bytes, and the length of the header alone takes 8`);
    const length = new DataView(await readRange(path, file, 0, 8)).getBigUint64(0, true);
    if (length > BigInt(maxHeaderBytes)) {
      throw damaged(path, `it states a header of ${length} bytes, above the format's limit of ${maxHeaderBytes}`);
    }
    const headerBytes = Number(length);
    if (8 + headerBytes > size) {
      throw damaged(
        path,
        `it states a header of ${headerBytes} bytes but has ${size - 8} after the length: it is cut short`,
      );
    }
    const header = parseHeader(path, new Uint8Array(await readRange(path, file, 8, headerBytes)), size);
    return { path, ...header };
  });
}

/** Reads one tensor by its range of bytes. */
export async function readTensor(file: SafetensorsFile, name: string): Promise<Tensor> {
  const entry = findTensor(file, name);
  return reading(file.path, async (handle) => readEntry(file.path, handle, entry));
}

/** Reads a range of the file at `path` as a tensor; `entry` is of its header, or a part of one that is. */
export async function readTensorEntry(path: string, entry: TensorEntry): Promise<Tensor> {
  return reading(path, async (handle) => readEntry(path, handle, entry));
}

/** Reads a whole file; for small ones, since all tensors are held at once. */
export async function readSafetensors(
  path: string,
): Promise<{ metadata: Record<string, string>; tensors: Map<string, Tensor> }> {
  const file = await openSafetensors(path);
  const tensors = new Map<string, Tensor>();
  await reading(path, async (handle) => {
    for (const [name, entry] of file.tensors) tensors.set(name, await readEntry(path, handle, entry));
  });
  return { metadata: file.metadata, tensors };
}

/**
 * Writes a file as the reference writer lays it out (widest type first, then by name; header padded with spaces to 8
 * bytes), one tensor after the other and atomically: a failure leaves whatever was at `path`. A source is read when its turn
 * comes, and let go.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor | TensorSource>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const ordered = inFileOrder(tensors);
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  let end = 0;
  for (const [name, tensor] of ordered) {
    if (name === '__metadata__' || name === '__proto__')
      throw new SafetensorsError(`${path}: no tensor can be named ${name}.`);
    if ('data' in tensor) checkTensor(tensor, `${path}: tensor '${name}'`);
    const start = end;
    end += elementCount(tensor.shape) * tensorTypes[tensor.dtype].bytes;
    header.push([name, { dtype: formatNames[tensor.dtype], shape: tensor.shape, data_offsets: [start, end] }]);
  }
  const json = Buffer.from(
    `{${header.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`,
  );
  const padded = Math.ceil(json.length / 8) * 8;
  if (padded > maxHeaderBytes) {
    throw new SafetensorsError(
      `${path}: the header takes ${padded} bytes, the format allows ${maxHeaderBytes}. Write fewer tensors.`,
    );
  }
  const head = Buffer.alloc(8 + padded, ' ');
  head.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(head, 8);
  await replaceFile(path, async (file) => {
    await writeAll(file, head);
    for (const [name, tensor] of ordered)
      await writeAll(file, tensorBytes(await dataOf(tensor, `${path}: tensor '${name}'`)));
  });
}

async function dataOf(tensor: Tensor | TensorSource, name: string): Promise<Tensor> {
  if ('data' in tensor) return tensor;
  const read = await tensor.read();
  checkTensor(read, name);
  if (read.dtype !== tensor.dtype || elementCount(read.shape) !== elementCount(tensor.shape))
    throw new SafetensorsError(
      `${name}: its source gave ${read.dtype} (${read.shape.join(', ')}), not what it announced.`,
    );
  return read;
}

const formatNames = Object.fromEntries(
  Object.entries(safetensorsTypes).map(([name, dtype]) => [dtype, name]),
) as Record<TensorDtype, keyof typeof safetensorsTypes>;

const layout: readonly TensorDtype[] = Object.values(safetensorsTypes);

/** Tensors in the order in which `writeSafetensors` lays them out. */
export function inFileOrder<T extends { readonly dtype: TensorDtype }>(tensors: ReadonlyMap<string, T>): [string, T][] {
  return [...tensors].sort(byLayout);
}

type Named = [string, { readonly dtype: TensorDtype }];

function byLayout([nameA, a]: Named, [nameB, b]: Named): number {
  return layout.indexOf(a.dtype) - layout.indexOf(b.dtype) || Buffer.compare(Buffer.from(nameA), Buffer.from(nameB));
}

function findTensor(file: SafetensorsFile, name: string): TensorEntry {
  const entry = file.tensors.get(name);
  if (entry !== undefined) return entry;
  const some = [...file.tensors.keys()].slice(0, 3).join(', ');
  throw new SafetensorsError(
    `${file.path}: there is no tensor '${name}' among its ${file.tensors.size} (${some}, …). Check that the file belongs to this model.`,
  );
}

async function readEntry(
  path: string,
  file: FileHandle,
  { dtype, shape, offset, byteLength }: TensorEntry,
): Promise<Tensor> {
  return tensorOver(dtype, shape, await readRange(path, file, offset, byteLength));
}

/** The most that one read or write call takes: the system's own limit is 2^31 − 1 bytes. */
const chunkBytes = 2 ** 30;

async function readRange(path: string, file: FileHandle, offset: number, byteLength: number): Promise<ArrayBuffer> {
  const buffer = allocate(path, byteLength);
  const bytes = new Uint8Array(buffer);
  for (let done = 0; done < byteLength; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(byteLength - done, chunkBytes), offset + done);
    if (bytesRead === 0) throw damaged(path, `it ends at byte ${offset + done}, within a range that its header states`);
    done += bytesRead;
  }
  return buffer;
}

function allocate(path: string, byteLength: number): ArrayBuffer {
  try {
    return new ArrayBuffer(byteLength);
  } catch (cause) {
    throw new SafetensorsError(`${path}: a tensor of ${byteLength} bytes does not fit in memory.`, { cause });
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.byteLength - done, chunkBytes));
    done += bytesWritten;
  }
}

/** Runs `use` on the opened file; what the system reports becomes an error that names the file. */
async function reading<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    return await use(file);
  } catch (cause) {
    if (cause instanceof SafetensorsError) throw cause;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      throw new SafetensorsError(`${path}: there is no such file. Check its path.`, { cause });
    if (cause instanceof Error && 'code' in cause && cause.code === 'EISDIR')
      throw new SafetensorsError(`${path}: is a folder. Name a .safetensors file.`, { cause });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SafetensorsError(`${path}: cannot read the safetensors file: ${reason}`, { cause });
  } finally {
    await file?.close();
  }
}
