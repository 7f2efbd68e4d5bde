import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonlReadOptions, openJsonlWriter, readJsonl } from './jsonl.js';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jsonl-'));
  path = join(folder, 'metrics.jsonl');
});
afterAll(() => rm(folder, { recursive: true }));

async function readAll(options?: JsonlReadOptions) {
  const lines = [];
  for await (const line of readJsonl(path, options)) lines.push(line);
  return lines;
}

async function writeAll(values: readonly unknown[]) {
  await writeFile(path, '');
  const writer = await openJsonlWriter(path);
  for (const value of values) await writer.write(value);
  await writer.close();
}

describe('reading', () => {
  it('numbers lines as an editor does, past blank ones, a byte order mark and CRLF', async () => {
    await writeFile(path, '\ufeff{"a":1}\r\n\r\n  \n[2]');
    expect(await readAll()).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 4, value: [2] },
    ]);
  });

  it('names file and line of a value that is not JSON', async () => {
    await writeFile(path, '{"a":1}\n{"a":\n{"a":3}\n');
    await expect(readAll()).rejects.toThrow(/metrics\.jsonl:2: not valid JSON/);
  });

  it('refuses what is not UTF-8', async () => {
    await writeFile(path, Buffer.from([0x22, 0xff, 0x22]));
    await expect(readAll()).rejects.toThrow(/metrics\.jsonl:1: not valid JSON/);
  });

  it('refuses a line above the limit without holding more of it', async () => {
    await writeFile(path, `1\n"${'x'.repeat(300_000)}"\n`);
    await expect(readAll({ maxLineBytes: 100_000 })).rejects.toThrow(
      /metrics\.jsonl:2: the line is longer than 100000/,
    );
    expect(await readAll()).toHaveLength(2);
  });

  it('fails for a file that is missing', async () => {
    await expect(readJsonl(join(folder, 'none.jsonl')).next()).rejects.toThrow(/none\.jsonl/);
  });
});

describe('a file cut anywhere', () => {
  it('gives every whole line when the incomplete one is ignored', async () => {
    const values = [{ step: 1, text: 'ä\n"' }, { step: 2 }, { step: 3, text: '日本' }];
    await writeAll(values);
    const whole = await readFile(path);
    for (let cut = 0; cut <= whole.length; cut++) {
      await writeFile(path, whole.subarray(0, cut));
      const complete = whole.subarray(0, cut).filter((byte) => byte === 0x0a).length;
      const read = await readAll({ ignoreIncompleteLine: true });
      expect(read.map(({ value }) => value)).toEqual(values.slice(0, complete));
    }
  });

  it('is mended by the next writer', async () => {
    await writeAll([{ step: 1 }, { step: 2 }]);
    await truncate(path, (await readFile(path)).length - 3);
    const writer = await openJsonlWriter(path);
    await writer.write({ step: 'again' });
    await writer.close();
    expect((await readAll()).map(({ value }) => value)).toEqual([{ step: 1 }, { step: 'again' }]);
  });

  it('is mended when it is nothing but half a long line', async () => {
    await writeFile(path, `"${'x'.repeat(200_000)}`);
    await (await openJsonlWriter(path)).close();
    expect(await readFile(path, 'utf8')).toBe('');
  });
});

it('reads back any values it wrote', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue()), async (values) => {
      await writeAll(values);
      expect(JSON.stringify((await readAll()).map(({ value }) => value))).toBe(JSON.stringify(values));
    }),
    { numRuns: 50 },
  ));

it('sees lines that another process appends, as they are whole', async () => {
  await writeFile(path, '{"step":1}\n{"st');
  expect(await readAll({ ignoreIncompleteLine: true })).toHaveLength(1);
  await appendFile(path, 'ep":2}\n');
  expect(await readAll({ ignoreIncompleteLine: true })).toHaveLength(2);
});

it('refuses a value that JSON cannot hold', async () => {
  const writer = await openJsonlWriter(path);
  await expect(writer.write(undefined)).rejects.toThrow(/undefined cannot be written/);
  await writer.close();
});
