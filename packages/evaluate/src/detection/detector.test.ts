import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RgbImage } from '@bradley/formats';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Box, type Detection, overlap, suppress } from './detection.js';
import { writeDetector } from './detector.test-support.js';
import { readDetections } from './layouts.js';
import { openDetector, prepare } from './open-detector.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'detector-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Red in its left half, blue in its right. */
const redBlue = (width: number, height: number): RgbImage => {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) data[3 * i + (i % width < width / 2 ? 0 : 2)] = 255;
  return { width, height, data };
};

const rounded = (detections: readonly Detection[]) =>
  detections.map(({ class: name, confidence, box }) => [name, Number(confidence.toFixed(2)), box.map(Math.round)]);

describe('a detector of ONNX', () => {
  it.each(['detr', 'yolo'] as const)(
    'of the layout %s finds what is where, in pixels of the picture',
    async (layout) => {
      const detector = await openDetector(await writeDetector(folder, layout));
      const found = rounded(await detector.detect(redBlue(160, 40), 0.3));
      const sorted = [...found].sort((a, b) => String(b[0]).localeCompare(String(a[0])));
      expect(sorted).toEqual([
        ['owl', expect.any(Number), [0, 0, 80, 40]],
        ['cup', expect.any(Number), [80, 0, 160, 40]],
      ]);
      for (const [, confidence] of sorted) expect(confidence).toBeGreaterThan(0.95);
      expect(await detector.detect(redBlue(160, 40), 1)).toEqual([]);
      await detector.release();
    },
  );

  it('of boxes, labels and scores has masks of the size of the picture', async () => {
    const detector = await openDetector(await writeDetector(folder, 'boxes'));
    const [owl, ...more] = await detector.detect(redBlue(20, 6), 0.5);
    expect(more).toEqual([]);
    expect(owl).toMatchObject({ class: 'owl', box: [0, 0, 10, 6] });
    expect([...(owl?.mask ?? [])]).toEqual(Array.from({ length: 120 }, (_, i) => (i % 20 < 10 ? 1 : 0)));
    await detector.release();
  });

  it('takes a letterbox back out of the boxes', async () => {
    const detector = await openDetector(await writeDetector(folder, 'yolo', '', 'letterbox'));
    // A square picture lies in columns 4 to 12 of the input, so the left box ends in its middle.
    const found = rounded(await detector.detect(redBlue(80, 80), 0.4));
    expect(found.map(([name, , box]) => [name, box])).toContainEqual(['owl', [0, 0, 40, 80]]);
    await detector.release();
  });

  it('has another identity with other settings', async () => {
    const [plain, other] = [await writeDetector(folder, 'yolo'), await writeDetector(folder, 'yolo', '', 'letterbox')];
    const identity = async (path: string) => (await openDetector(path)).identity;
    expect(await identity(plain)).toBe(await identity(plain));
    expect(await identity(plain)).not.toBe(await identity(other));
  });

  it('is refused where the file does not fit the model, with what the model has', async () => {
    const path = await writeDetector(folder, 'detr');
    const yaml = (text: string) => writeFile(path, `model: detr.onnx\n${text}`);
    await yaml('input: { name: x, width: 16, height: 8 }\noutputs: { layout: yolo, output: y }\nclasses: [a]\n');
    await expect(openDetector(path)).rejects.toThrow(
      /no input x \(it has pixel_values\), and no output y \(it has logits, pred_boxes\)/,
    );
    await yaml('input: { name: x }\noutputs: { layout: ssd }\n');
    await expect(openDetector(path)).rejects.toThrow(/is not the file of a detector[\s\S]*layout/);
    await writeFile(join(folder, 'none.onnx'), 'not a model');
    await writeFile(
      path,
      'model: none.onnx\ninput: { name: x, width: 1, height: 1 }\noutputs: { layout: yolo, output: y }\nclasses: [a]\n',
    );
    await expect(openDetector(path)).rejects.toThrow(/none\.onnx: cannot be run as an ONNX model/);
  });
});

describe('reading outputs', () => {
  const tensor = (shape: number[], values: number[]) => ({
    dtype: 'float32' as const,
    shape,
    data: Float32Array.from(values),
  });

  it('takes YOLO either way round, and refuses a number of classes that does not fit', () => {
    const layout = { layout: 'yolo', output: 'y' } as const;
    const size = { width: 8, height: 8 };
    const one = [4, 4, 2, 2, 0.1, 0.8];
    const two = [2, 2, 2, 2, 0.7, 0.1];
    const across = tensor(
      [1, 6, 2],
      one.flatMap((value, i) => [value, two[i] as number]),
    );
    const down = tensor([1, 2, 6], [...one, ...two]);
    expect(readDetections(layout, { y: across }, 2, size)).toEqual(readDetections(layout, { y: down }, 2, size));
    expect(readDetections(layout, { y: down }, 2, size)).toMatchObject([
      { label: 1, corners: [3, 3, 5, 5] },
      { label: 0, corners: [1, 1, 3, 3] },
    ]);
    expect(() => readDetections(layout, { y: down }, 3, size)).toThrow(/shape \(1, 2, 6\) where \(1, 7, A\)/);
  });

  it('leaves the background of torchvision out', () => {
    const found = { b: tensor([2, 4], [0, 0, 1, 1, 0, 0, 2, 2]), l: tensor([2], [0, 1]), s: tensor([2], [0.9, 0.8]) };
    const layout = { layout: 'boxes', boxes: 'b', labels: 'l', scores: 's', firstLabel: 1 } as const;
    const [only, ...more] = readDetections(layout, found, 1, { width: 4, height: 4 });
    expect(only).toMatchObject({ label: 0, corners: [0, 0, 2, 2] });
    expect(more).toEqual([]);
  });
});

it('swaps channels, scales and normalises what a model takes', () => {
  const image = { width: 1, height: 1, data: Uint8Array.of(255, 0, 51) };
  const input = {
    name: 'x',
    width: 1,
    height: 1,
    fit: 'stretch',
    channels: 'bgr',
    divisor: 255,
    mean: [0, 0, 0.5],
    std: [1, 1, 2],
  } as const;
  const { data } = prepare(image, { ...input, mean: [0, 0, 0.5], std: [1, 1, 2] });
  expect([...data]).toEqual([Math.fround(0.2), 0, 0.25]);
});

describe('suppression', () => {
  const box = fc.tuple(fc.nat(9), fc.nat(9), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));
  const detections = fc
    .array(fc.tuple(fc.constantFrom('a', 'b'), fc.double({ min: 0, max: 1, noNaN: true }), box), { maxLength: 12 })
    .map((rows) =>
      rows
        .map(
          ([name, confidence, [x, y, w, h]]): Detection => ({
            class: name,
            confidence,
            box: [x, y, x + w, y + h] as Box,
          }),
        )
        .sort((p, q) => q.confidence - p.confidence),
    );

  it('leaves no two of a class that overlap too much, and drops none without a surer one that it overlaps', () =>
    fc.assert(
      fc.property(detections, fc.double({ min: 0, max: 1, noNaN: true }), (all, most) => {
        const kept = suppress(all, most);
        const clash = (p: Detection, q: Detection) => p !== q && p.class === q.class && overlap(p.box, q.box) > most;
        expect(kept.some((p) => kept.some((q) => clash(p, q)))).toBe(false);
        for (const gone of all.filter((detection) => !kept.includes(detection)))
          expect(kept.some((better) => better.confidence >= gone.confidence && clash(better, gone))).toBe(true);
      }),
    ));
});
