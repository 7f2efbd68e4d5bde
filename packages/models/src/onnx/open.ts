import { realpathSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { type ExternalData, OnnxError, type OnnxSource, readOnnx } from '@bradley/graph';
import { readRange } from './external-data.js';

/** An ONNX model in a file: its parts checked, its tensors where they lie. */
export interface OnnxModelFile extends OnnxSource {
  /** Absolute path. */
  readonly path: string;
}

/**
 * Opens an ONNX model, opset 13 to 23. The file itself is read whole (the format allows 2 GB); external data is not.
 *
 * @throws OnnxError when it cannot be read, or refers to data outside its folder
 */
export async function openOnnxModel(path: string): Promise<OnnxModelFile> {
  const absolute = resolve(path);
  const bytes = await readFile(absolute).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      throw new OnnxError(`${path}: there is no such file. Check its path.`, { cause });
    throw new OnnxError(`${path}: cannot read it: ${cause instanceof Error ? cause.message : cause}`, { cause });
  });
  const source = readOnnx(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
    label: path,
    file: absolute,
    external: dataBeside(absolute),
  });
  return { ...source, path: absolute };
}

/** The external data of a model: files in its folder or below, links followed. */
function dataBeside(model: string): ExternalData {
  const folder = realpathSync(dirname(model));
  const allowed = [folder, ...hubBlobs(folder)];
  const files = new Map<string, { file: string; size: number }>();
  const open = (location: string): { file: string; size: number } => {
    const before = files.get(location);
    if (before) return before;
    const file = existing(resolve(folder, location), location);
    if (!allowed.some((root) => file.startsWith(root === sep ? root : root + sep)))
      throw new OnnxError(`its external data '${location}' lies outside its folder, ${folder}. Move it there`);
    const opened = { file, size: statSync(file).size };
    files.set(location, opened);
    return opened;
  };
  return {
    source(location, offset, length) {
      const { file, size } = open(location);
      if (offset + length > size)
        throw new OnnxError(
          `its external data '${location}' has ${size} bytes, but a tensor lies at ${offset} to ${offset + length}. Is the file cut short?`,
        );
      return { file, offset, length };
    },
    read: readRange,
  };
}

/** The Hugging Face cache keeps a model's files in `blobs`, and links to them from `snapshots/<revision>`. */
function hubBlobs(folder: string): string[] {
  const parts = folder.split(sep);
  const at = parts.lastIndexOf('snapshots');
  return at > 0 && at < parts.length - 1 ? [[...parts.slice(0, at), 'blobs'].join(sep)] : [];
}

function existing(path: string, location: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw new OnnxError(`its external data '${location}' is missing. Put the file beside the model`, { cause });
  }
}
