import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJsonArray } from './json-array.js';
import type { ValueRow } from './values.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'json-array-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string | Uint8Array): Promise<ValueRow[]> {
  const path = join(folder, 'x.json');
  await writeFile(path, text);
  const rows = [];
  for await (const row of readJsonArray(path)) rows.push(row);
  return rows;
}

describe('a JSON array', () => {
  it('gives the elements that it was made of', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue({ noUnicodeString: false })), fc.boolean(), async (values, pretty) => {
        const text = `\ufeff \n${JSON.stringify(values, null, pretty ? 2 : 0)}\n\n`;
        const rows = await read(text);
        const found = rows.map((row) => ('value' in row ? row.value : row));
        expect(JSON.stringify(found)).toBe(JSON.stringify(values));
      }),
      { numRuns: 60 },
    ));

  it.each([
    ['[{"a": 1}, {"a": 2},, {"a": 3}]', 2],
    ['[{"a": 1}, {"a": 2}', 2],
    ['[1, 2] 3', 2],
    ['{"a": 1}', 0],
    ['', 0],
    ['   ', 0],
    ['"text"', 0],
  ])('says where %s stops making sense, after what did', async (text, whole) => {
    const rows = await read(text);
    expect(rows).toHaveLength(whole + 1);
    expect(rows.at(-1)).toMatchObject({ where: `${join(folder, 'x.json')}[${whole}]`, problem: 'bad-row' });
  });

  it('is read no further where an element would fill the memory', async () => {
    const whole = '{"text": "[[[{{{,,,\\"[[["}';
    const nested = await read(`[${whole}, ${'['.repeat(8e6)}`);
    expect(nested.at(-1)).toMatchObject({ refused: expect.stringContaining('nested deeper than 100') });
    const many = await read(`[${whole}, [${'[],'.repeat(4e6)}`);
    expect(many.at(-1)).toMatchObject({ refused: expect.stringContaining('more than 1000000 parts') });
    for (const rows of [nested, many]) expect(rows[0]).toMatchObject({ value: { text: '[[[{{{,,,"[[[' } });
    expect(await read(`[${'1,'.repeat(1_500_000)}1]`)).toHaveLength(1_500_001);
  });

  it('never throws, whatever the bytes are', () =>
    fc.assert(
      fc.asyncProperty(fc.json(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (json, at, change) => {
        const bytes = Buffer.from(`[${json}]`);
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ change;
        for (const row of await read(bytes)) expect('value' in row || row.refused !== '').toBe(true);
      }),
      { numRuns: 100 },
    ));
});
