import type { DataReader } from 'hyparquet';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { readVarInt } from 'hyparquet/src/thrift.js';

/** Packed runs come in groups of eight values, and some writers keep room for 63 groups. */
const padding = 8 * 63;

/**
 * Checks that runs of the RLE / bit-packing hybrid of Parquet stand for no more than `count` values. hyparquet writes
 * as many as a run states: one of 2^30 from a damaged byte would end the process.
 * @param reader at the first run; not moved
 * @param width bits of a value
 */
export function checkRuns({ view, offset }: DataReader, width: number, count: number): void {
  if (width > 32) throw new Error(`values of ${width} bits`);
  const reader = { view, offset };
  for (let seen = 0; seen < count; ) {
    const header = readVarInt(reader);
    const packed = header & 1;
    const values = packed ? 8 * (header >>> 1) : header >>> 1;
    const room = count - seen + (packed ? padding : 0);
    if (header < 0 || values > room || (packed && values === 0))
      throw new Error(`a run of ${values} values where ${room} can be`);
    reader.offset += packed ? (values / 8) * width : (width + 7) >> 3;
    seen += values;
  }
}

/** The number of values equal to `value` in runs that `checkRuns` has passed; `reader` moves past their `length` bytes. */
export function countEqual(reader: DataReader, width: number, count: number, value: number, length: number): number {
  const values = new Array<number>(count);
  readRleBitPackedHybrid(reader, width, values, length);
  return values.reduce((total, each) => total + (each === value ? 1 : 0), 0);
}

/** The bits that a level of up to `most` takes. */
export function bitWidth(most: number): number {
  return 32 - Math.clz32(most);
}
