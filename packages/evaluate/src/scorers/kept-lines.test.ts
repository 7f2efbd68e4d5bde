import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKeptLines, readKeptLines } from './kept-lines.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kept-lines-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
const newFile = (): string => join(folder, `${files++}.lines`);
const key = (n: number): string => n.toString(16).padStart(32, '0');
const number = fc.nat(1000);
const entries = fc.uniqueArray(fc.tuple(number, fc.jsonValue()), { selector: ([n]) => n, maxLength: 8 });

describe('kept lines', () => {
  it('come back, whatever JSON they hold, with the last of several for a key', () =>
    fc.assert(
      fc.asyncProperty(fc.array(entries, { maxLength: 4 }), async (additions) => {
        const path = newFile();
        const expected = new Map<string, string>();
        for (const addition of additions) {
          const lines = addition.map(([n, value]) => [key(n), JSON.stringify(value)] as const);
          for (const [k, json] of lines) expected.set(k, json);
          await (await openKeptLines(path, 'a title\nof two lines')).add(lines);
        }
        expect(await readKeptLines(path)).toEqual(expected);
      }),
      { numRuns: 50 },
    ));

  it('survive a cut anywhere: every whole line is there, and what is added afterwards', () =>
    fc.assert(
      fc.asyncProperty(entries, fc.nat(), async (before, at) => {
        const path = newFile();
        const lines = before.map(([n, value]) => [key(n), JSON.stringify(value)] as const);
        await (await openKeptLines(path, 'title')).add(lines);
        const bytes = before.length === 0 ? Buffer.alloc(0) : await readFile(path);
        const cut = bytes.subarray(0, at % (bytes.length + 1));
        await writeFile(path, cut);
        await (await openKeptLines(path, 'title')).add([[key(5000), '"after"']]);
        const kept = await readKeptLines(path);
        expect(kept.get(key(5000))).toBe('"after"');
        const whole = cut.toString().split('\n');
        for (const [k, json] of lines) {
          const isWhole = whole.some(
            (line) => line.startsWith(`${k} ${json} `) && line.length === k.length + json.length + 10,
          );
          if (isWhole || kept.has(k)) expect(kept.get(k)).toBe(json);
          if (isWhole) expect(kept.has(k)).toBe(true);
        }
      }),
      { numRuns: 100 },
    ));

  it('are never made up from other bytes, and stay readable among them', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(300), fc.nat(7), async (noise, at, bit) => {
        const path = newFile();
        await writeFile(path, noise);
        const kept = await openKeptLines(path, 'title');
        expect(kept.size).toBe(0);
        await kept.add([[key(1), '0.25']]);
        await appendFile(path, noise);
        expect(await readKeptLines(path)).toEqual(new Map([[key(1), '0.25']]));
        // One bit wrong anywhere in the line: it is gone, not another number.
        const bytes = await readFile(path);
        const line = bytes.indexOf(key(1));
        const length = '00000000000000000000000000000001 0.25 01234567'.length;
        const place = line + (at % length);
        bytes[place] = (bytes[place] as number) ^ (1 << bit);
        await writeFile(path, bytes);
        expect((await readKeptLines(path)).size).toBe(0);
      }),
      { numRuns: 100 },
    ));

  it('are read with a long line without an end among them', async () => {
    const path = newFile();
    await (await openKeptLines(path, 'title')).add([[key(1), '1']]);
    await appendFile(path, 'x'.repeat(3_000_000));
    await (await openKeptLines(path, 'title')).add([[key(2), '2']]);
    expect([...(await readKeptLines(path)).keys()]).toEqual([key(1), key(2)]);
  });

  it('lose nothing that was acknowledged when the process is killed, by several that add to one file', async () => {
    const path = newFile();
    const kept = new URL('../../dist/scorers/kept-lines.js', import.meta.url).href;
    const script = `
      const { openKeptLines } = await import(${JSON.stringify(kept)});
      const kept = await openKeptLines(${JSON.stringify(path)}, 'title');
      for (let n = Number(process.argv[1]); ; n += 100) {
        const keys = Array.from({ length: 100 }, (_, i) => (n + i).toString(16).padStart(32, '0'));
        await kept.add(keys.map((key) => [key, JSON.stringify('x'.repeat(500))]));
        console.log(String(n));
      }`;
    const killed = (start: number) =>
      new Promise<number[]>((done) => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script, String(start)]);
        let said = '';
        child.stdout.on('data', (text: Buffer) => {
          said += text;
          if (said.length > 100) child.kill('SIGKILL');
        });
        child.on('close', () => done(said.trim().split('\n').map(Number)));
      });
    const batches = await Promise.all([killed(1_000_000), killed(2_000_000), killed(3_000_000)]);
    const found = await readKeptLines(path);
    expect(batches.flat().length).toBeGreaterThan(20);
    for (const start of batches.flat())
      for (let i = 0; i < 100; i++) expect(found.get(key(start + i))?.length).toBe(502);
  });
});
