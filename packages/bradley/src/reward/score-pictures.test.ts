import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodePng, loadTokenizer } from '@bradley/formats';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exportScorer } from './export-scorer.js';
import { formatScores } from './format-scores.js';
import { type ScorePicturesOptions, scorePictures } from './score-pictures.js';

const fixtures = fileURLToPath(new URL('../../../../fixtures/scorers/', import.meta.url));
const { sizes, prompts, scores } = JSON.parse(await readFile(join(fixtures, 'expected.json'), 'utf8'));

/** The formula of the fixture. */
function picture(width: number, height: number): Uint8Array {
  const value = (x: number, y: number, c: number): number =>
    (x * x * 3 + y * 7 * (c + 1) + x * y * (c + 2) + 31 * ((x * 13) ^ (y * 7))) & 255;
  return Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return value(pixel % width, Math.floor(pixel / width), i % 3);
  });
}

let base: string;
let folder: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'score-pictures-'));
  folder = join(base, 'pictures');
  await mkdir(folder);
  for (const [i, [width, height]] of (sizes as [number, number][]).entries()) {
    await writeFile(join(folder, `${i}.png`), await encodePng(picture(width, height), width, height));
    await writeFile(join(folder, `${i}.txt`), `${prompts[i]}\n`);
  }
  vi.stubEnv('BRADLEY_CACHE', join(base, 'cache'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(base, { recursive: true });
});

const clip = `clip:${join(fixtures, 'clip')}`;
const score = (options: Partial<ScorePicturesOptions>) =>
  scorePictures({ scorers: clip, images: folder, opening: { threads: 1 }, ...options });

describe('scoring pictures', () => {
  it('takes the prompt beside each, writes what it found, and knows it again', async () => {
    const output = join(base, 'scores.jsonl');
    const kept: number[] = [];
    const onProgress = (progress: { kept: number }): void => void kept.push(progress.kept);
    const first = await score({ scorers: `${clip},symmetry`, output, onProgress });
    expect(first.pictures.map(({ file }) => file)).toEqual(['0.png', '1.png', '2.png']);
    for (const [i, { scores: found }] of first.pictures.entries()) {
      expect(found.clip).toBeCloseTo(scores.clip[i], 3);
      expect(found.symmetry).toBeGreaterThan(0);
    }
    const lines = (await readFile(output, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(first.pictures);
    expect(await score({ scorers: `${clip},symmetry`, onProgress })).toEqual(first);
    expect(kept).toEqual([0, 3]);
    expect(formatScores(first)).toContain('mean of 3');
  });

  it('reads a list of files and prompts, and writes CSV', async () => {
    const list = join(base, 'list.jsonl');
    await writeFile(list, `{"file":"pictures/1.png","prompt":"a, \\"b\\"","seed":3}\n`);
    const output = join(base, 'scores.csv');
    const { pictures } = await score({ images: list, output });
    expect(await readFile(output, 'utf8')).toBe(
      `file,prompt,clip\npictures/1.png,"a, ""b""",${pictures[0]?.scores.clip}\n`,
    );
    await writeFile(list, `{"file":"pictures/1.png","prompt":"a"}\n{"file":"pictures/1.png"}\n`);
    await expect(score({ images: list })).rejects.toThrow(/list\.jsonl:2: .*prompt/);
  });

  it('reads comparisons, each picture once with its prompt', async () => {
    const set = join(base, 'set');
    await cp(folder, join(set, 'images'), { recursive: true });
    const side = (name: string) => ({ image: `images/${name}.png` });
    const record = { prompt: 'a red cat', chosen: side('0').image, rejected: side('1').image };
    const other = { prompt: 'a red cat', chosen: side('0').image, rejected: side('2').image };
    await writeFile(join(set, 'pairs.jsonl'), `${JSON.stringify(record)}\n${JSON.stringify(other)}\n`);
    const { pictures } = await score({ scorers: 'symmetry', images: join(set, 'pairs.jsonl') });
    expect(pictures.map(({ prompt }) => prompt)).toEqual(['a red cat', 'a red cat', 'a red cat']);
  });

  it('needs prompts only for who reads them', async () => {
    const bare = join(base, 'bare');
    await mkdir(bare);
    await writeFile(join(bare, 'a.png'), await encodePng(picture(8, 8), 8, 8));
    expect((await score({ scorers: 'symmetry', images: bare })).pictures).toHaveLength(1);
    await expect(score({ images: bare })).rejects.toThrow(
      /1 pictures have no prompt: a\.png\. Give one for all with --prompt/,
    );
    expect((await score({ images: bare, prompt: 'a dog' })).pictures[0]?.prompt).toBe('a dog');
    await expect(score({ images: join(base, 'nothing') })).rejects.toThrow(/there is no such file or folder/);
  });
});

describe('an exported scorer', () => {
  it.each([
    [`hps:${join(fixtures, 'hps', 'HPS_v2_compressed.pt')}`, ['pixel_values', 'input_ids'], [12]],
    [`aesthetic:${join(fixtures, 'clip')}`, ['pixel_values'], []],
  ])('is an ONNX model that takes what it needs', async (spec, inputs, [length]) => {
    const own = join(base, 'own');
    await cp(fixtures, own, { recursive: true });
    await cp(join(own, 'clip', 'vocab.json'), join(own, 'hps', 'vocab.json'));
    await cp(join(own, 'clip', 'merges.txt'), join(own, 'hps', 'merges.txt'));
    const path = join(base, `${spec.slice(0, 3)}.onnx`);
    expect(await exportScorer(spec.replace(fixtures, `${own}/`), path, { batch: 2 })).toEqual([path]);
    const session = await ort.InferenceSession.create(path);
    expect([...session.inputNames].sort()).toEqual([...inputs].sort());
    const pixels = new ort.Tensor('float32', new Float32Array(2 * 3 * 16 * 16).fill(0.5), [2, 3, 16, 16]);
    const ids = length && { input_ids: new ort.Tensor('int64', new BigInt64Array(2 * length).fill(5n), [2, length]) };
    const { score: given } = await session.run({ pixel_values: pixels, ...ids });
    await session.release();
    expect(given?.dims).toEqual([2]);
    expect(given?.data[0]).toBeCloseTo(Number(given?.data[1]), 6);
  });

  it.each(['emoji', 'emoji-labelling', 'emoji-judge'])('gives the score that %s gives by its name', async (scorers) => {
    const [side, length, prompt] = [64, 12, 'red apple'];
    const [only, seen] = [join(base, scorers), picture(side, side)];
    await mkdir(only);
    await writeFile(join(only, 'a.png'), await encodePng(seen, side, side));
    const { pictures } = await score({ scorers, images: only, prompt });
    const path = join(base, `${scorers}.onnx`);
    await exportScorer(scorers, path);
    const session = await ort.InferenceSession.create(path);
    const tokenizer = await loadTokenizer(fileURLToPath(new URL('../../../../models/emoji-clip/', import.meta.url)));
    const { ids } = tokenizer.encode(prompt, { maxLength: length, padding: 'max', truncation: true });
    const data = Float32Array.from({ length: 3 * side * side }, (_, i) => {
      const [channel, pixel] = [Math.floor(i / side ** 2), i % side ** 2];
      return (seen[3 * pixel + channel] as number) / 127.5 - 1;
    });
    const { score: given } = await session.run({
      pixel_values: new ort.Tensor('float32', data, [1, 3, side, side]),
      input_ids: new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), [1, length]),
    });
    await session.release();
    expect(given?.data[0]).toBeCloseTo(Object.values(pictures[0]?.scores ?? {})[0] as number, 4);
  });

  it('needs a network', async () => {
    await expect(exportScorer('symmetry', join(base, 'x.onnx'))).rejects.toThrow(
      /the scorer symmetry has no network that could be exported; clip, pickscore/,
    );
  });
});
