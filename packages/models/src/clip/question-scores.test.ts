import { constant, graph, input } from '@bradley/graph';
import { openSession } from '@bradley/runtime';
import { expect, it } from 'vitest';
import { paramsOf, trainableStore } from '../nn/params.js';
import { type Question, questionScores } from './question-scores.js';

const both: readonly Question[] = [
  { name: 'alignment', readsPrompt: true },
  { name: 'quality', readsPrompt: false },
];
const overall = both.slice(0, 1);
const unit = (angle: number): number[] => [Math.cos(angle), Math.sin(angle)];
const texts = [0.3, 2].map(unit);
const images = [0.5, 1, 1.5, 4].map(unit); // two candidates of each prompt, candidate-major
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

/** Scores of `images` with a temperature of 3, of weights that `weigh` gives; trained names begin as the network says where it is silent. */
async function scored(questions: readonly Question[], weigh: (name: string, i: number) => number, prompts = texts) {
  const store = trainableStore();
  const scores = questionScores(
    paramsOf(store),
    { questions, head: 'relation' },
    { textEmbeds: input('text', [2, 2]), imageEmbeds: input('images', [4, 2]), logitScale: constant(3, []) },
  );
  const session = await openSession(graph({ scores }));
  const weights = store.trainables.map(({ name, shape }) => {
    const values = Float32Array.from({ length: shape.reduce((n, size) => n * Number(size), 1) }, (_, i) =>
      weigh(name, i),
    );
    return [name, values] as const;
  });
  const feeds = { text: Float32Array.from(prompts.flat()), images: Float32Array.from(images.flat()) };
  const out = await session.run({ ...Object.fromEntries(weights), ...feeds });
  await session.release();
  return Array.from(out.scores?.data ?? [], Number);
}

const wave = (name: string, i: number): number => 0.3 * Math.sin(i * 1.7 + name.length);
const ones = (name: string, i: number): number => (name.startsWith('questions.') ? 1 : wave(name, i));

/** The perceptron in plain numbers. */
function relation(image: readonly number[], text: readonly number[], name: string): number {
  const erf = (x: number): number => {
    // The Maclaurin series, exact enough below 3.
    let [term, sum] = [x, x];
    for (let n = 1; n < 60; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  };
  const gelu = (x: number): number => (x / 2) * (1 + erf(x / Math.SQRT2));
  const layer = (of: string, x: readonly number[]): number[] =>
    Array.from({ length: 128 }, (_, row) =>
      gelu(
        x.reduce((sum, value, i) => sum + value * wave(`${name}.${of}.weight`, row * x.length + i), 0) +
          wave(`${name}.${of}.bias`, row),
      ),
    );
  const summands = image.map((x, i) => 2 * x * (text[i] as number));
  return dot(
    layer('hidden', layer('in', summands)),
    Array.from({ length: 128 }, (_, i) => wave(`${name}.out`, i)),
  );
}

it('the head relation begins as the similarity', async () => {
  const scores = await scored(overall, (name, i) => (name === 'relation.out' ? 0 : wave(name, i)));
  for (const [i, image] of images.entries()) expect(scores[i]).toBeCloseTo(3 * dot(image, texts[i % 2] as number[]), 5);
});

it('the head relation adds the perceptron of what the similarity sums', async () => {
  const scores = await scored(overall, wave);
  for (const [i, image] of images.entries()) {
    const text = texts[i % 2] as number[];
    const added = relation(image, text, 'relation');
    expect(Math.abs(added)).toBeGreaterThan(0.01);
    expect(scores[i]).toBeCloseTo(3 * dot(image, text) + added, 3);
  }
});

it('the head relation leaves a question alone that does not read the prompt', async () => {
  const [before, after] = [await scored(both, ones), await scored(both, ones, [1.3, 2.9].map(unit))];
  for (const i of images.keys()) {
    expect(after[2 * i]).not.toBeCloseTo(before[2 * i] as number, 3);
    expect(after[2 * i + 1]).toBeCloseTo(before[2 * i + 1] as number, 6);
  }
});
