import { createReadStream } from 'node:fs';
import { JSONParser } from '@streamparser/json';
import type { ValueRow } from './values.js';

/** What is nested deeper, or has more brackets and commas, is no record either: the parser takes 200 bytes for each bracket that is open. */
const deepest = 100;
const mostParts = 1_000_000;

/** A longer element is no record. Annotation tools put whole pictures into theirs, as data: URIs. */
const maxElementBytes = 128 * 2 ** 20;

/**
 * The elements of a file that holds one JSON array, as they come; an element is in memory, the array never. Where the text stops being JSON
 * there is no way to find the next element, so reading ends there, with a refusal that says so.
 */
export async function* readJsonArray(path: string): AsyncGenerator<ValueRow, void> {
  const parser = new JSONParser({ paths: ['$.*'], keepStack: false });
  const found: unknown[] = [];
  parser.onValue = ({ value }) => {
    found.push(value);
  };
  let index = 0;
  let bytes = 0;
  let begun = false;
  const growth = watchGrowth();
  const stop = (why: string): ValueRow => ({
    where: `${path}[${index}]`,
    refused: `${why}. Nothing after it can be read.`,
    problem: 'bad-row',
  });
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const text = begun ? chunk : withoutMark(chunk);
    if (!begun && text.toString('latin1').trim() !== '') {
      begun = true;
      if (!/^\s*\[/.test(text.toString('latin1'))) return yield stop('expected a JSON array of records, [ … ]');
    }
    const grown = parser.isEnded ? undefined : growth(text);
    const sound = text.subarray(0, grown?.at);
    const fault = failing(() => (parser.isEnded ? requireBlank(sound) : parser.write(sound)));
    bytes = found.length > 0 ? 0 : bytes + text.length;
    for (const value of found.splice(0)) yield { where: `${path}[${index}]`, number: index++, value };
    if (fault !== undefined) return yield stop(`not JSON in UTF-8: ${fault}`);
    if (grown) return yield stop(grown.fault);
    if (bytes > maxElementBytes) return yield stop(`an element has more than ${maxElementBytes} bytes`);
  }
  const fault = begun && !parser.isEnded ? failing(() => parser.end()) : undefined;
  if (fault !== undefined || !begun) yield stop(begun ? `not JSON in UTF-8: ${fault}` : 'the file is empty');
}

/** Follows the brackets and commas of a JSON text as it comes; says where an element becomes too much, before it is parsed. */
function watchGrowth(): (chunk: Buffer) => { readonly fault: string; readonly at: number } | undefined {
  let depth = 0;
  let parts = 0;
  let quoted = false;
  let escaped = false;
  return (chunk) => {
    for (const [at, byte] of chunk.entries()) {
      if (escaped) escaped = false;
      else if (quoted) {
        if (byte === backslash) escaped = true;
        else if (byte === quote) quoted = false;
      } else if (byte === quote) quoted = true;
      else if (opening.has(byte)) {
        parts++;
        if (++depth > deepest) return { fault: `an element is nested deeper than ${deepest}`, at };
      } else if (closing.has(byte)) depth--;
      else if (byte === comma) parts = depth === 1 ? 0 : parts + 1;
      if (parts > mostParts) return { fault: `an element has more than ${mostParts} parts`, at };
    }
    return undefined;
  };
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const opening: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const closing: ReadonlySet<number> = new Set([0x5d, 0x7d]);

function failing(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function requireBlank(text: Buffer): void {
  if (text.toString('latin1').trim() !== '') throw new Error('there is more after the end of the array');
}

function withoutMark(chunk: Buffer): Buffer {
  return chunk.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? chunk.subarray(3) : chunk;
}
