import { createReadStream } from 'node:fs';

/** A line of a file, counted from 1: its value, or why it has none. */
export type JsonLine =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly fault: string };

/** A longer line is no comparison; it is passed over without being held. */
const maxLineBytes = 16 * 2 ** 20;

/**
 * The values of a JSONL file in UTF-8, blank lines left out. Where `readJsonl` of formats stops at a line that is not JSON, this
 * goes on after it: a check reports every such line.
 */
export async function* readJsonLines(path: string): AsyncGenerator<JsonLine, void, undefined> {
  let line = 1;
  let pieces: Buffer[] = [];
  let bytes = 0;
  const hold = (piece: Buffer) => {
    bytes += piece.length;
    if (bytes <= maxLineBytes) pieces.push(piece);
    else pieces = [];
  };
  const take = (): JsonLine[] => {
    const taken = bytes > maxLineBytes ? [{ line, fault: tooLong(bytes) }] : parse(line, Buffer.concat(pieces));
    pieces = [];
    bytes = 0;
    line++;
    return taken;
  };
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      hold(chunk.subarray(start, end));
      yield* take();
      start = end + 1;
    }
    hold(chunk.subarray(start));
  }
  yield* take();
}

function parse(line: number, bytes: Buffer): JsonLine[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes); // drops a byte order mark
    return text.trim() === '' ? [] : [{ line, value: JSON.parse(text) }];
  } catch (error) {
    return [{ line, fault: `not JSON in UTF-8: ${error instanceof Error ? error.message : error}` }];
  }
}

function tooLong(bytes: number): string {
  return `the line has ${bytes} bytes; the limit is ${maxLineBytes}. Is it JSON Lines, one record a line?`;
}
