import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { appendMetrics, lines, openMetrics, rewindMetrics } from './metrics.js';

let path: string;
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'metrics-')), 'metrics.jsonl');
});

const line = (step: number) => `${JSON.stringify({ step, loss: 1 / step })}\n`;
const records = async () => [...lines(await readFile(path), path)].map(({ record }) => record.step);

describe('metrics.jsonl', () => {
  it('is whole lines after a crash at any byte, and goes on from there', () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 5 }), fc.nat(), async (count, cut) => {
        const text = Array.from({ length: count }, (_, i) => line(i + 1)).join('');
        await writeFile(path, text.slice(0, cut % (text.length + 1)));
        const log = await openMetrics(path);
        const kept = await records();
        await appendMetrics(log, { step: 9, loss: 2 });
        await log.file.close();
        expect(await records()).toEqual([...kept, 9]);
        expect(text.startsWith((await readFile(path, 'utf8')).slice(0, -'{"step":9,"loss":2}\n'.length))).toBe(true);
      }),
      { numRuns: 50 },
    ));

  it('is cut to the records up to a step, or to none', async () => {
    await writeFile(path, [1, 2, 2, 3, 4].map(line).join(''));
    const log = await openMetrics(path);
    await rewindMetrics(log, 2);
    expect(await records()).toEqual([1, 2, 2]);
    await appendMetrics(log, { step: 3 });
    expect(await records()).toEqual([1, 2, 2, 3]);
    await rewindMetrics(log, null);
    expect(await records()).toEqual([]);
    await log.file.close();
  });

  it('takes back the part of a line that a full disk let through', async () => {
    const log = await openMetrics(path);
    await appendMetrics(log, { step: 1 });
    const write = log.file.write.bind(log.file);
    let left = 4; // bytes of room
    log.file.write = (async (buffer: Buffer, offset: number) => {
      if (left === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      const written = await write(buffer, offset, left);
      left = 0;
      return written;
    }) as typeof log.file.write;
    await expect(appendMetrics(log, { step: 2 })).rejects.toThrow(/metrics\.jsonl: the disk is full.*resume/s);
    expect(await readFile(path, 'utf8')).toBe('{"step":1}\n');
    await log.file.close();
  });

  it('says where a foreign line is', async () => {
    await writeFile(path, `${line(1)}oops\n`);
    const log = await openMetrics(path);
    await expect(rewindMetrics(log, 1)).rejects.toThrow(/metrics\.jsonl: at byte \d+ expected a JSON object.*oops/);
    await log.file.close();
  });
});
