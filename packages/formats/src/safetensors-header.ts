import { duplicateKey } from './json-keys.js';
import { elementCount, type TensorDtype, tensorTypes } from './tensor.js';

/** A safetensors file that cannot be read or written: says the file, what was expected, what was found, what to do. */
export class SafetensorsError extends Error {
  override name = 'SafetensorsError';
}

/** Where a tensor lies. `offset` counts bytes from the start of the file. */
export interface TensorEntry {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly byteLength: number;
}

export interface SafetensorsHeader {
  readonly metadata: Record<string, string>;
  /** In the order of their bytes in the file. */
  readonly tensors: Map<string, TensorEntry>;
}

/** The reference reader's limit: 100 MB of header. */
export const maxHeaderBytes = 100_000_000;

/**
 * The format's names of the types that Bradley reads, in the order in which the reference writer (safetensors 0.4 and
 * later, `serialize` in tensor.rs) lays tensors out: widest first, then by name.
 */
export const safetensorsTypes = {
  I64: 'int64',
  F64: 'float64',
  F32: 'float32',
  I32: 'int32',
  BF16: 'bfloat16',
  F16: 'float16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
} as const satisfies Record<string, TensorDtype>;

const typesByName = new Map<unknown, TensorDtype>(Object.entries(safetensorsTypes));

/**
 * Checks the JSON of a header and returns where each tensor lies. The tensors must fill the bytes after the header
 * exactly: no gap, no overlap, nothing left.
 * @param bytes the header's JSON in UTF-8, without the 8 bytes of length before it
 * @param fileBytes the size of the whole file
 */
export function parseHeader(path: string, bytes: Uint8Array, fileBytes: number): SafetensorsHeader {
  const header = parseJson(path, bytes);
  const dataStart = 8 + bytes.byteLength;
  const { __metadata__: metadata, ...named } = header;
  const entries = Object.entries(named).map(([name, value]) => ({ name, ...parseEntry(path, name, value, dataStart) }));
  entries.sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  let end = dataStart;
  for (const { name, offset, byteLength } of entries) {
    if (offset !== end) {
      const fault = offset < end ? 'overlaps the tensor before it' : 'leaves a gap after the tensor before it';
      throw damaged(path, `tensor '${name}' starts at byte ${offset} and ${fault}, which ends at byte ${end}`);
    }
    end += byteLength;
  }
  if (end !== fileBytes) {
    const fault = fileBytes < end ? 'it is cut short' : 'something follows the last tensor';
    throw damaged(path, `the header accounts for ${end} bytes but the file has ${fileBytes}: ${fault}`);
  }
  return {
    metadata: parseMetadata(path, metadata),
    tensors: new Map(entries.map(({ name, ...entry }) => [name, entry])),
  };
}

export function damaged(path: string, fault: string): SafetensorsError {
  return new SafetensorsError(
    `${path}: not a valid safetensors file: ${fault}. Download or export it again; if it comes from elsewhere, check that it is safetensors at all.`,
  );
}

function parseJson(path: string, bytes: Uint8Array): Record<string, unknown> {
  if (bytes[0] !== 0x7b) throw damaged(path, `the header must start with '{' but starts with ${show(bytes[0])}`);
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (error) {
    throw damaged(path, `the header is not JSON in UTF-8 (${error instanceof Error ? error.message : error})`);
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) throw damaged(path, `the header has the key ${show(twice)} twice`);
  return header as Record<string, unknown>;
}

function parseEntry(path: string, name: string, value: unknown, dataStart: number): TensorEntry {
  if (name === '__proto__') throw damaged(path, `a tensor is named '__proto__', which no model uses`);
  const what = `tensor ${show(name)}`;
  if (!isRecord(value)) throw damaged(path, `${what} must be an object but is ${show(value)}`);
  const unknown = Object.keys(value).find((key) => !['dtype', 'shape', 'data_offsets'].includes(key));
  if (unknown !== undefined) throw damaged(path, `${what} has the unknown field ${show(unknown)}`);

  const dtype = typesByName.get(value.dtype);
  if (dtype === undefined) {
    throw new SafetensorsError(
      `${path}: ${what} has dtype ${show(value.dtype)}, but Bradley reads ${Object.keys(safetensorsTypes).join(', ')}. ` +
        'Use the 16-bit or 32-bit version of the model.',
    );
  }
  const { shape, data_offsets: offsets } = value;
  if (!isSizes(shape)) throw damaged(path, `the shape of ${what} must be a list of sizes but is ${show(shape)}`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw damaged(path, `data_offsets of ${what} must be [start, end] in bytes but is ${show(offsets)}`);
  }
  const [start, end] = offsets as [number, number];
  if (end < start) throw damaged(path, `${what} ends (byte ${end}) before it starts (byte ${start})`);
  const need = elementCount(shape) * tensorTypes[dtype].bytes;
  if (need !== end - start) {
    throw damaged(
      path,
      `${what} is ${String(value.dtype)} of shape (${shape.slice(0, 16).join(', ')}), ${need} bytes, but takes ${end - start}`,
    );
  }
  return { dtype, shape, offset: dataStart + start, byteLength: need };
}

function parseMetadata(path: string, metadata: unknown): Record<string, string> {
  if (metadata === undefined) return {};
  if (!isRecord(metadata)) throw damaged(path, `__metadata__ must be an object but is ${show(metadata)}`);
  for (const [key, value] of Object.entries(metadata)) {
    if (key === '__proto__') throw damaged(path, `__metadata__ has the key '__proto__'`);
    if (typeof value !== 'string') {
      throw damaged(path, `__metadata__ must map text to text, but ${show(key)} is ${show(value)}`);
    }
  }
  return metadata as Record<string, string>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** A found value, short enough for a message, and without walking into what may be nested without end. */
function show(value: unknown): string {
  if (Array.isArray(value))
    return `a list of ${value.length}${isSizes(value) ? ` (${value.slice(0, 16).join(', ')})` : ''}`;
  if (isRecord(value)) return 'an object';
  if (typeof value === 'string' && value.length > 120) return `${JSON.stringify(value.slice(0, 120))}…`;
  return JSON.stringify(value) ?? 'missing';
}
