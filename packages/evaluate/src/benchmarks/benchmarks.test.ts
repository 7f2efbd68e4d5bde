import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodePng, type RgbImage } from '@bradley/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Detector } from '../detection/detection.js';
import { writeDetector } from '../detection/detector.test-support.js';
import { openDetector } from '../detection/open-detector.js';
import { openJudge } from '../judge/judge.js';
import { loadJudgeConfig } from '../judge/judge-config.js';
import { says, serveJudge } from '../judge/judge-server.test-support.js';
import { yesNoQuestion } from '../judge/questions.js';
import type { DpgPrompt } from '../prompt-sets/dpg-bench.js';
import type { GenEvalPrompt } from '../prompt-sets/geneval.js';
import { colourClassifier, type Embedder } from './colour-classifier.js';
import { cropObject } from './crop.js';
import { quarters, scoreDpgBench } from './dpg-bench.js';
import { scoreGenEval } from './geneval.js';
import { promptPictures } from './prompt-pictures.js';

let base: string;
let detector: Detector;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'benchmarks-'));
  detector = await openDetector(await writeDetector(base, 'detr'));
});
afterAll(async () => {
  await detector.release();
  await rm(base, { recursive: true });
});

type Colour = readonly [number, number, number];
const [red, blue, black]: Colour[] = [
  [255, 0, 0],
  [0, 0, 255],
  [0, 0, 0],
];
const halves = (left: Colour = [0, 0, 0], right: Colour = [0, 0, 0]): RgbImage => {
  const data = new Uint8Array(3 * 16 * 8);
  for (let i = 0; i < 16 * 8; i++) data.set(i % 16 < 8 ? left : right, 3 * i);
  return { width: 16, height: 8, data };
};
async function write(path: string, { data, width, height }: RgbImage): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await encodePng(data, width, height));
}

/** Sees colours: a picture is its mean colour, a text the colour that it names. */
const colourSight: Embedder = {
  fingerprint: 'by mean colour',
  embedTexts: async (texts) =>
    texts.map((text) =>
      Float32Array.from(/\bred/.test(text) ? [1, 0, 0] : /\bblue/.test(text) ? [0, 0, 1] : [0, 1, 0]),
    ),
  embedImages: async (images) =>
    images.map(({ data }) => {
      const sums = [0, 1, 2].map((channel) => data.reduce((sum, value, i) => sum + (i % 3 === channel ? value : 0), 0));
      return Float32Array.from(sums, (sum) => sum / Math.hypot(...sums));
    }),
};
const colours = { classify: colourClassifier(colourSight), fingerprint: colourSight.fingerprint };

const prompts: GenEvalPrompt[] = [
  { id: '00000', category: 'single_object', prompt: 'an owl', include: [{ class: 'owl', count: 1 }], exclude: [] },
  {
    id: '00001',
    category: 'position',
    prompt: 'an owl left of a cup',
    include: [
      { class: 'cup', count: 1 },
      { class: 'owl', count: 1, position: ['left of', 0] },
    ],
    exclude: [],
  },
  {
    id: '00002',
    category: 'colors',
    prompt: 'a red owl',
    include: [{ class: 'owl', count: 1, color: 'red' }],
    exclude: [],
  },
  {
    id: '00003',
    category: 'counting',
    prompt: 'a cup',
    include: [{ class: 'cup', count: 1 }],
    exclude: [{ class: 'cup', count: 2 }],
  },
];

describe('GenEval over a detector of ours', () => {
  it('scores each task and their mean, and says which prompts had no pictures', async () => {
    const images = join(base, 'geneval');
    await write(join(images, '00000/samples/0000.png'), halves(red, black));
    await write(join(images, '00000/samples/0001.png'), halves(black, black));
    await write(join(images, '00001/samples/0000.png'), halves(red, blue));
    await write(join(images, '00001/samples/0001.png'), halves(blue, red));
    await write(join(images, '00002/samples/0000.png'), halves(red, black));
    const progress: number[] = [];
    const options = { images, prompts, detector, colours, cache: join(base, 'outcomes') };
    const result = await scoreGenEval({ ...options, onProgress: (done, total) => progress.push(done / total) });
    expect(result).toMatchObject({
      benchmark: "GenEval, Bradley's variant",
      tasks: {
        single_object: { prompts: 1, images: 2, correct: 1, score: 0.5 },
        position: { images: 2, correct: 1, score: 0.5 },
        colors: { images: 1, correct: 1, score: 1 },
      },
      promptsWithoutImages: 1,
    });
    expect(result.overall.score).toBeCloseTo(2 / 3, 12);
    expect(result.outcomes.map(({ correct }) => correct)).toEqual([true, false, true, false, true]);
    expect(result.outcomes[1]?.reasons).toEqual(['expected 1 owl, found 0']);
    expect(progress.at(-1)).toBe(1);
    // Judged before: the detector is not asked again.
    const idle: Detector = { ...detector, detect: () => Promise.reject(new Error('asked')) };
    expect(await scoreGenEval({ ...options, detector: idle })).toEqual(result);
    await expect(scoreGenEval({ ...options, detector: idle, cache: join(base, 'no outcomes') })).rejects.toThrow(
      'asked',
    );
  });

  it('needs a detector that knows the classes, and somebody who tells the colours that are asked for', async () => {
    const images = join(base, 'geneval-2');
    await write(join(images, '00002.png'), halves());
    await expect(scoreGenEval({ images, prompts, detector })).rejects.toThrow('the prompts ask for colours');
    const strange = { ...(prompts[2] as GenEvalPrompt), include: [{ class: 'yak', count: 1 }] };
    await expect(scoreGenEval({ images, prompts: [strange], detector })).rejects.toThrow(
      'the detector has no class yak',
    );
  });

  it('has the mean of six tasks as its number', () => {
    const tasks = [0.98, 0.74, 0.39, 0.85, 0.15, 0.23]; // as published for SDXL
    expect(tasks.reduce((sum, score) => sum + score) / 6).toBeCloseTo(0.5567, 4);
  });
});

describe('DPG-Bench over a model that answers questions', () => {
  const questions = ['Is there an owl?', 'Is the owl red?', 'Is there a cup?'].map((question, i) => ({
    id: i + 1,
    question,
    parents: i === 1 ? [1] : [],
    category: i === 1 ? 'attribute' : 'entity',
    detailedCategory: i === 1 ? 'attribute - color' : 'entity - whole',
  }));
  const dpg: DpgPrompt[] = ['12', 'coco7', 'none'].map((id) => ({ id, prompt: id, questions }));

  it('scores by questions, pictures and prompts, each picture of a grid for itself', async () => {
    const images = join(base, 'dpg');
    await write(join(images, '12.png'), halves(red, blue));
    await write(join(images, 'coco7_0.png'), halves(red, black));
    const server = await serveJudge();
    server.otherwise = (response, { body }) => {
      const [question] = body.messages[1].content;
      says(`{"answer":"${question?.text === 'Is there an owl?' ? 'no' : 'yes'}"}`)(response, {
        headers: {},
        url: '',
        body,
      });
    };
    try {
      const path = join(base, 'judge.yaml');
      await writeFile(path, `endpoint: ${server.endpoint}\nmodel: m\nrubric: none\n`);
      const judge = await openJudge(await loadJudgeConfig(path), { cache: join(base, 'answers') });
      const vqa = { name: 'm', answer: (image: RgbImage, asked: string) => judge.ask(yesNoQuestion(asked, image)) };
      const result = await scoreDpgBench({ images, grid: true, prompts: dpg, vqa, concurrency: 3 });
      expect(result).toMatchObject({
        benchmark: "DPG-Bench, Bradley's variant",
        images: 8,
        promptsWithoutImages: 1,
        categories: { attribute: { score: 100, answers: 8 }, entity: { score: 50, answers: 16 } },
      });
      expect(result.score).toBeCloseTo(100 / 3, 10); // the colour of an owl that is not there is none
      expect(result.prompts).toHaveLength(2);
    } finally {
      await server.close();
    }
  });
});

describe('the pictures of prompts', () => {
  it('are found by name, with a number behind, or in folders', async () => {
    const folder = join(base, 'pictures');
    const files = [
      'a.png',
      'a_1.png',
      'b/0.jpg',
      'b/samples/1.png',
      'anime/00001.webp',
      'c_d.png',
      'other.png',
      'a.txt',
    ];
    for (const file of files) await write(join(folder, file), halves());
    const found = await promptPictures(folder, ['c_d', 'a', 'b', 'anime/00001', 'gone']);
    const names = [...found].map(([id, paths]) => [id, paths.map((path) => path.slice(folder.length + 1))]);
    expect(names).toEqual([
      ['c_d', ['c_d.png']],
      ['a', ['a.png', 'a_1.png']],
      ['b', ['b/0.jpg', 'b/samples/1.png']],
      ['anime/00001', ['anime/00001.webp']],
    ]);
    await expect(promptPictures(folder, ['x'])).rejects.toThrow(/no picture of any prompt.*x\.png, x_0\.png/);
  });
});

it('cuts an object out by its box, grey where it is not', () => {
  const mask = new Uint8Array(16 * 8).fill(1).fill(0, 0, 16);
  const cut = cropObject(halves(red, blue), { class: 'owl', confidence: 1, box: [6.6, -3, 9.4, 2.2], mask });
  expect(cut).toEqual({
    width: 2,
    height: 2,
    data: Uint8Array.from([...Array(6).fill(0x99), ...(red as Colour), ...(blue as Colour)]),
  });
});

it('quarters a grid in reading order', () => {
  const pixel = (value: number) => [value, value, value];
  const grid = { width: 2, height: 2, data: Uint8Array.from([1, 2, 3, 4].flatMap(pixel)) };
  expect(quarters(grid).map(({ data }) => data[0])).toEqual([1, 2, 3, 4]);
});
