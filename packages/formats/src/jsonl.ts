import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

export interface JsonlLine {
  /** From 1, as editors count. */
  readonly line: number;
  readonly value: unknown;
}

export interface JsonlReadOptions {
  /** The longest line that is read. Default 64 MiB. */
  readonly maxLineBytes?: number;
  /**
   * Pass over a last line that does not end in a newline: what a killed `openJsonlWriter` leaves, or one that is
   * writing right now. Default false: files from elsewhere often lack the last newline.
   */
  readonly ignoreIncompleteLine?: boolean;
}

/**
 * Reads a file of one JSON value a line, in UTF-8, holding one line at a time. Blank lines are passed over.
 * @throws Error naming the file and the line
 */
export async function* readJsonl(
  path: string,
  { maxLineBytes = 64 * 2 ** 20, ignoreIncompleteLine = false }: JsonlReadOptions = {},
): AsyncGenerator<JsonlLine, void, undefined> {
  let line = 1;
  let pending: Buffer[] = []; // the pieces of a line whose end has not come yet
  let pendingBytes = 0;
  const hold = (piece: Buffer) => {
    pendingBytes += piece.length;
    if (pendingBytes > maxLineBytes) {
      throw new Error(
        `${path}:${line}: the line is longer than ${maxLineBytes} bytes. Is it JSON Lines, one value a line?`,
      );
    }
    pending.push(piece);
  };
  const parse = () => {
    const value = parseLine(path, line, Buffer.concat(pending));
    pending = [];
    pendingBytes = 0;
    return value;
  };
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      hold(chunk.subarray(start, end));
      const value = parse();
      if (value !== undefined) yield { line, value };
      line++;
      start = end + 1;
    }
    if (start < chunk.length) hold(chunk.subarray(start));
  }
  if (ignoreIncompleteLine) return;
  const value = parse();
  if (value !== undefined) yield { line, value };
}

export interface JsonlWriter {
  /** Appends one line. Once it resolves the line outlives this process, though not a loss of power before `close`. */
  write(value: unknown): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a file to append a JSON value a line. If a writer that was killed has left half a line, that half is removed
 * first, so that the file stays readable. NaN and infinities become null: JSON has no word for them.
 */
export async function openJsonlWriter(path: string): Promise<JsonlWriter> {
  const file = await open(path, 'a+');
  try {
    await removeIncompleteLine(file);
  } catch (cause) {
    await file.close();
    throw new Error(`${path}: cannot be appended to: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  return {
    async write(value) {
      const json = JSON.stringify(value);
      if (json === undefined) throw new Error(`${path}: a ${typeof value} cannot be written as JSON.`);
      await file.appendFile(`${json}\n`);
    },
    async close() {
      await file.sync();
      await file.close();
    },
  };
}

function parseLine(path: string, line: number, bytes: Buffer): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes); // drops a byte order mark
    return text.trim() === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path}:${line}: not valid JSON: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

async function removeIncompleteLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const block = Buffer.alloc(64 * 1024);
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - block.length);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    const newline = block.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (newline !== -1) {
      if (start + newline + 1 < size) await file.truncate(start + newline + 1);
      return;
    }
    end = start;
  }
  if (size > 0) await file.truncate(0);
}
