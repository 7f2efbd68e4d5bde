import { describe, expect, it } from 'vitest';
import { bitWidth, checkRuns, countEqual } from './parquet-runs.js';

const readerOf = (...bytes: number[]) => ({ view: new DataView(Uint8Array.from(bytes).buffer), offset: 0 });

describe('runs', () => {
  const fiveOnesThenPacked = [5 << 1, 1, (1 << 1) | 1, 0b0000_0101]; // 1 1 1 1 1, then 1 0 1 and padding

  it('that stand for the values expected pass, and are counted', () => {
    expect(() => checkRuns(readerOf(...fiveOnesThenPacked), 1, 8)).not.toThrow();
    expect(countEqual(readerOf(...fiveOnesThenPacked), 1, 8, 1, 4)).toBe(7);
  });

  it('that stand for more are refused, however short', () => {
    expect(() => checkRuns(readerOf(9 << 1, 1), 1, 8)).toThrow(/a run of 9 values where 8 can be/);
    expect(() => checkRuns(readerOf(0xfe, 0xff, 0xff, 0xff, 0x07, 1), 1, 8)).toThrow(/a run of 1073741823 values/);
    expect(() => checkRuns(readerOf(0xff, 0xff, 0xff, 0xff, 0x0f), 0, 8)).toThrow(/a run of/);
    expect(() => checkRuns(readerOf(1), 1, 8)).toThrow(/a run of 0 values/);
  });

  it('that end too early are refused', () => {
    expect(() => checkRuns(readerOf(2 << 1, 1), 1, 8)).toThrow(RangeError);
    expect(() => checkRuns(readerOf(0, 0, 0, 0), 1, 8)).toThrow(RangeError);
  });
});

it('knows how many bits a level takes', () => {
  expect([0, 1, 2, 3, 4].map(bitWidth)).toEqual([0, 1, 2, 2, 3]);
});
