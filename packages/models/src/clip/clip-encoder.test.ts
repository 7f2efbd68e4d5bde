import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openSafetensors, readSafetensors, type Tensor } from '@bradley/formats';
import { expect, it } from 'vitest';
import { openClipEncoder } from './clip-encoder.js';
import { clipConfigSchema } from './clip-model.js';

const at = (name: string): string => fileURLToPath(new URL(`../../../../fixtures/${name}`, import.meta.url));
const { config } = JSON.parse(await readFile(at('clip_full_pickscore.json'), 'utf8'));
const { tensors: io } = await readSafetensors(at('clip_full_pickscore.io.safetensors'));
const file = at('clip_full_pickscore.weights.safetensors');
const stored = [...(await openSafetensors(file)).tensors].map(([name, entry]) => [name, { file, ...entry }] as const);
const part = { path: file, config: clipConfigSchema.parse(config), tensors: new Map(stored) };

const rowsOf = <T extends Float32Array | BigInt64Array>(name: string): T[] => {
  const { data, shape } = io.get(name) as Tensor;
  const count = shape[0] as number;
  const width = data.length / count;
  return Array.from({ length: count }, (_, i) => data.slice(i * width, (i + 1) * width) as T);
};

const pictures = rowsOf<Float32Array>('in.pixel_values');
const texts = rowsOf<BigInt64Array>('in.input_ids').map((ids) => [...ids].map(Number));

it.each([1, 2, 3, 16])('gives the embeddings of the reference in batches of at most %i', async (batch) => {
  const encoder = await openClipEncoder(part, { textLength: 10, batch });
  const images = await encoder.encodeImages(pictures);
  const prompts = await encoder.encodeTexts(texts);
  await encoder.release();
  for (const [got, name] of [
    [images, 'out.image_embeds'],
    [prompts, 'out.text_embeds'],
  ] as const) {
    const want = rowsOf<Float32Array>(name);
    expect(got).toHaveLength(want.length);
    for (const [i, row] of want.entries())
      for (const [j, value] of row.entries()) expect(got[i]?.[j]).toBeCloseTo(value, 5);
  }
  const dot = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
  const logits = rowsOf<Float32Array>('out.logits_per_text');
  for (const [t, prompt] of prompts.entries())
    for (const [i, image] of images.entries())
      expect(encoder.logitScale * dot(prompt, image)).toBeCloseTo(logits[t]?.[i] as number, 4);
});

it('gives nothing for nothing, and keeps the order of many pictures', async () => {
  const encoder = await openClipEncoder(part, { batch: 4 });
  expect(await encoder.encodeImages([])).toEqual([]);
  const [a, b, c] = pictures as [Float32Array, Float32Array, Float32Array];
  const results = await encoder.encodeImages([a, b, c, b, a, c, a]);
  const alone = (await Promise.all([a, b, c].map((pixels) => encoder.encodeImages([pixels])))).flat();
  await encoder.release();
  for (const [i, one] of [0, 1, 2, 1, 0, 2, 0].entries())
    for (const [j, value] of (alone[one] as Float32Array).entries()) expect(results[i]?.[j]).toBeCloseTo(value, 5);
});

it('refuses texts of another length, and pictures of another size', async () => {
  const encoder = await openClipEncoder(part);
  await expect(encoder.encodeTexts([[1, 2, 3]])).rejects.toThrow("feed 'inputIds': the model takes int64 (1, 16)");
  await expect(encoder.encodeImages([new Float32Array(3 * 8 * 8)])).rejects.toThrow("feed 'pixelValues'");
  await expect(encoder.encodeTexts([[1, 2], [1]])).rejects.toThrow('rows of 2 and 1 numbers cannot be one batch');
  await encoder.release();
});
