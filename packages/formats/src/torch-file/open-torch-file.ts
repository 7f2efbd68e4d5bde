import { type FileHandle, open } from 'node:fs/promises';
import type { TensorEntry } from '../safetensors-header.js';
import { tensorTypes } from '../tensor.js';
import { isKind, type PickleKey, type PickleValue, readPickle } from './pickle.js';
import { saveTensorsAlone, TorchFileError } from './torch-file-error.js';
import { isTensor, type TorchTensor, torchHost } from './torch-globals.js';
import { type ZipRange, zipEntries } from './zip-entries.js';

/** A file of torch.save whose tensors have been found; they are read as those of a safetensors file are. */
export interface TorchFile {
  readonly path: string;
  readonly metadata: Record<string, string>;
  /** In the order of the state dict. Two may share their bytes. */
  readonly tensors: Map<string, TensorEntry>;
}

/** The largest description of tensors that is read; that of a thousand tensors takes 100 kB. */
const maxPickleBytes = 2 ** 26;
const maxNameLength = 1000;
const maxDepth = 16;

/** Where a training script keeps the state dict among other things; the first that has tensors. */
const wrappers = ['state_dict', 'model_state_dict', 'model', 'module'];

/**
 * Finds the tensors of a `.pt`, `.pth`, `.ckpt` or `.bin` file as torch.save writes it since PyTorch 1.6, without reading
 * one, and without running anything: it knows tensors and the containers around them, and refuses all else. A state dict
 * within the file is taken out of it; the names of tensors in nested dicts are joined with dots; what is no tensor is left
 * out.
 * @throws TorchFileError for anything else, saying what to do
 */
export async function openTorchFile(path: string): Promise<TorchFile> {
  const file = await open(path).catch((cause: Error) => {
    throw new TorchFileError(`${path}: cannot open the weights: ${cause.message}`, { cause });
  });
  try {
    const { size } = await file.stat();
    await requireZip(path, file, size);
    const entries = await zipEntries(path, file, size);
    const folder = archiveFolder(path, entries);
    await requireLittleEndian(path, file, entries.get(`${folder}byteorder`));
    const pickle = await readRange(path, file, entries.get(`${folder}data.pkl`) as ZipRange);
    return { path, metadata: {}, tensors: findTensors(readRoot(path, pickle), pickle.length, path, entries, folder) };
  } finally {
    await file.close();
  }
}

/** What other files begin with that are taken for one. */
async function requireZip(path: string, file: FileHandle, size: number): Promise<void> {
  const start = Buffer.alloc(16);
  await file.read(start, 0, Math.min(size, 16), 0);
  if (start.readUInt32LE(0) === 0x04034b50) return;
  if (start.readUInt32BE(0) === 0x80028a0a && start.readUInt16BE(4) === 0x6cfc)
    // the magic number, a pickle of its own
    throw new TorchFileError(
      `${path}: it was saved by PyTorch before 1.6, in a format that is not read. ${saveTensorsAlone}`,
    );
  throw new TorchFileError(
    `${path}: it is no file of torch.save, which is a zip archive: it begins with ${start.toString('hex', 0, 8)}. ` +
      'Check that the download is whole, and no page or pointer in its place.',
  );
}

/** The folder in which an archive has everything, `archive/` or the name it was saved by, with its slash. */
function archiveFolder(path: string, entries: ReadonlyMap<string, ZipRange>): string {
  const [found, second] = [...entries.keys()].filter((name) => /^[^/]*\/data\.pkl$/.test(name));
  if (found === undefined || second !== undefined)
    throw new TorchFileError(
      `${path}: it is a zip archive, but none of torch.save: it has ${found ? 'more than one' : 'no'} data.pkl. Check that it is the right file.`,
    );
  const folder = found.slice(0, -'data.pkl'.length);
  if (entries.has(`${folder}constants.pkl`))
    throw new TorchFileError(`${path}: it is a program of TorchScript, not a state dict. ${saveTensorsAlone}`);
  return folder;
}

async function requireLittleEndian(path: string, file: FileHandle, range: ZipRange | undefined): Promise<void> {
  if (range === undefined) return; // before PyTorch 2.1, always little
  const order = (await readRange(path, file, range)).toString('latin1', 0, 20);
  if (order !== 'little')
    throw new TorchFileError(
      `${path}: its numbers are ${order}-endian; only little-endian ones are read. Save it on another machine.`,
    );
}

const packed = 'compressed or encrypted, as torch.save never leaves them. Take the file as it was saved.';

async function readRange(path: string, file: FileHandle, { offset, byteLength, stored }: ZipRange): Promise<Buffer> {
  if (byteLength > maxPickleBytes)
    throw new TorchFileError(
      `${path}: its pickle has ${byteLength} bytes; no state dict needs more than ${maxPickleBytes}. ${saveTensorsAlone}`,
    );
  if (!stored) throw new TorchFileError(`${path}: its pickle is ${packed}`);
  const bytes = Buffer.alloc(byteLength);
  const { bytesRead } = await file.read(bytes, 0, byteLength, offset);
  if (bytesRead !== byteLength) throw new TorchFileError(`${path}: it is cut short. Download it again.`);
  return bytes;
}

function readRoot(path: string, pickle: Buffer): PickleValue {
  try {
    return readPickle(pickle, torchHost);
  } catch (cause) {
    throw new TorchFileError(`${path}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * @param budget how many items of dicts may be visited: a pickle that says more of them than it has bytes has its own dicts
 * in each other many times over
 */
function findTensors(
  root: PickleValue,
  budget: number,
  path: string,
  entries: ReadonlyMap<string, ZipRange>,
  folder: string,
): Map<string, TensorEntry> {
  const tensors = new Map<string, TensorEntry>();
  let left = budget;
  const visit = (value: PickleValue, name: string, depth: number): void => {
    if (isTensor(value)) tensors.set(name, place(value.tensor, `${path}: tensor '${name}'`, entries, folder));
    if (!isKind(value, 'dict')) return;
    if (depth > maxDepth)
      throw new TorchFileError(`${path}: its dicts are nested more than ${maxDepth} deep. ${saveTensorsAlone}`);
    for (const [key, item] of value.entries) {
      if (--left < 0)
        throw new TorchFileError(`${path}: it has its dicts in each other again and again. Do not use this file.`);
      visit(item, joined(path, name, key), depth + 1);
    }
  };
  const dict = isKind(root, 'dict') ? root : undefined;
  const wrapped = wrappers.map((key) => dict?.entries.get(key)).filter((inner) => isKind(inner, 'dict'));
  for (const inner of [...wrapped, root]) {
    visit(inner, '', 0);
    if (tensors.size > 0) return tensors;
  }
  throw new TorchFileError(`${path}: there is no tensor in it. Check that it is a file of weights.`);
}

function joined(path: string, name: string, key: PickleKey): string {
  const full = name === '' ? String(key) : `${name}.${key}`;
  if (full.length > maxNameLength || full === '__proto__')
    throw new TorchFileError(
      `${path}: it has a name that no model uses, of ${full.length} letters. Do not use this file.`,
    );
  return full;
}

/** Where the numbers of a tensor lie in the file. */
function place(
  { storage, offset, shape, strides }: TorchTensor['tensor'],
  what: string,
  entries: ReadonlyMap<string, ZipRange>,
  folder: string,
): TensorEntry {
  const { dtype, key, count } = storage;
  const { bytes } = tensorTypes[dtype];
  const range = entries.get(`${folder}data/${key}`);
  if (range === undefined)
    throw new TorchFileError(`${what}: the archive lacks its numbers, data/${key}. Download it again.`);
  if (!range.stored) throw new TorchFileError(`${what}: its numbers are ${packed}`);
  if (range.byteLength !== count * bytes)
    throw new TorchFileError(
      `${what}: its storage should have ${count} × ${bytes} bytes but has ${range.byteLength}. Download it again.`,
    );
  let elements = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    if (size > 1 && strides[axis] !== elements && !shape.includes(0))
      throw new TorchFileError(
        `${what}: its numbers do not lie in order (shape ${shape.join(', ')}, strides ${strides.join(', ')}). ` +
          'Save it anew in Python with .contiguous() on every tensor.',
      );
    elements *= size;
  }
  if (!(offset + elements <= count))
    throw new TorchFileError(
      `${what}: it needs ${offset} + ${elements} numbers of a storage that has ${count}. Download it again.`,
    );
  return { dtype, shape, offset: range.offset + offset * bytes, byteLength: elements * bytes };
}
