import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { downsample, type Point, readCurves } from './curves.js';

const points = fc
  .array(fc.integer(), { minLength: 1, maxLength: 300 })
  .map((values) => values.map((value, step): Point => [step, value]));

it('keeps the ends and the extremes of a curve, in order, within the number asked for', () =>
  fc.assert(
    fc.property(points, fc.integer({ min: 4, max: 100 }), (all, most) => {
      const kept = downsample(all, most);
      expect(kept.length).toBeLessThanOrEqual(most);
      expect(kept).toEqual(all.filter((point) => kept.includes(point)));
      expect([kept[0], kept.at(-1)]).toEqual([all[0], all.at(-1)]);
      const values = (of: readonly Point[]) => of.map(([, value]) => value);
      expect(Math.min(...values(kept))).toBe(Math.min(...values(all)));
      expect(Math.max(...values(kept))).toBe(Math.max(...values(all)));
    }),
  ));

it('leaves a short curve as it is', () => {
  const short: Point[] = [
    [1, 2],
    [2, 2],
  ];
  expect(downsample(short, 10)).toEqual(short);
});

it('reads each number of a record, and not a line that is still being written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'curves-'));
  const path = join(folder, 'metrics.jsonl');
  const lines = ['{"step":1,"loss":0.5,"at":"now"}', '{"step":2,"loss":null}', '{"step":2,"heldOutLoss":0.4}', '{"st'];
  await writeFile(path, lines.join('\n'));
  expect(await readCurves(path, 100)).toEqual({ loss: [[1, 0.5]], heldOutLoss: [[2, 0.4]] });
  await rm(folder, { recursive: true });
});
