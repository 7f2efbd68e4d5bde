import { backward, graph, input, type Value } from '@bradley/graph';
import { evaluate, normal } from '@bradley/runtime';
import { expect, it } from 'vitest';
import { clipContrastive } from './clip-contrastive.js';

const [rows, width] = [4, 3] as const;

async function run(images: Float32Array, texts: Float32Array, scale: number) {
  const [imageEmbeds, textEmbeds] = [input('images', [rows, width]), input('texts', [rows, width])];
  const { loss, metrics } = clipContrastive({ imageEmbeds, textEmbeds, logitScale: input('scale', []) });
  const [ofImages, ofTexts] = backward(loss, [imageEmbeds, textEmbeds]) as [Value, Value];
  const results = await evaluate(graph({ loss, ...metrics, ofImages, ofTexts }), {
    images,
    texts,
    scale: Float32Array.of(scale),
  });
  const number = (name: string): number => Number(results[name]?.data[0]);
  return {
    loss: number('loss'),
    promptAccuracy: number('promptAccuracy'),
    pictureAccuracy: number('pictureAccuracy'),
    gradients: [results.ofImages?.data, results.ofTexts?.data] as [Float32Array, Float32Array],
  };
}

const draw = (stream: string): Float32Array => normal({ seed: 1, stream, step: 0, index: 0 }, rows * width);

/** The formula in double precision, term by term. */
function byHand(images: Float32Array, texts: Float32Array, scale: number): number {
  const score = (i: number, j: number): number => {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += (images[i * width + k] as number) * (texts[j * width + k] as number);
    return scale * sum;
  };
  let loss = 0;
  for (let i = 0; i < rows; i++) {
    let [overTexts, overImages] = [0, 0];
    for (let j = 0; j < rows; j++) {
      overTexts += Math.exp(score(i, j));
      overImages += Math.exp(score(j, i));
    }
    loss -= (Math.log(Math.exp(score(i, i)) / overTexts) + Math.log(Math.exp(score(i, i)) / overImages)) / (2 * rows);
  }
  return loss;
}

it('is the formula of the paper', async () => {
  const [images, texts] = [draw('images'), draw('texts')];
  expect((await run(images, texts, 1.7)).loss).toBeCloseTo(byHand(images, texts, 1.7), 5);
});

it('is the logarithm of the batch when nothing is told apart, and nothing when all is', async () => {
  expect((await run(new Float32Array(12), draw('texts'), 5)).loss).toBeCloseTo(Math.log(rows), 5);
  const apart = Float32Array.of(1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0);
  const told = await run(apart, apart, 1000); // as far as float32 goes: exp(1000) is infinite
  expect([told.loss, told.promptAccuracy, told.pictureAccuracy]).toEqual([0, 1, 1]);
});

it('counts pictures by their prompts and prompts by their pictures', async () => {
  const images = Float32Array.of(1, 0, 0, 0.9, 0.1, 0, 0, 1, 0, 0, 0, 1);
  const texts = Float32Array.of(1, 0, 0, 1, -0.05, 0, 0, 1, 0, 0, 0, 1);
  const { promptAccuracy, pictureAccuracy } = await run(images, texts, 1);
  expect([promptAccuracy, pictureAccuracy]).toEqual([0.75, 0.75]); // the second picture is nearer to the first text, and the second text to the first picture
});

it('has the gradient that a step along a direction shows', async () => {
  const [images, texts] = [draw('images'), draw('texts')];
  const along = [draw('along images'), draw('along texts')] as const;
  const { gradients } = await run(images, texts, 2);
  const exact = along.reduce((sum, v, side) => sum + v.reduce((s, x, i) => s + x * (gradients[side]?.[i] ?? 0), 0), 0);
  const at = (h: number): number =>
    byHand(
      ...([images, texts].map((x, side) => x.map((value, i) => value + h * (along[side]?.[i] ?? 0))) as [
        Float32Array,
        Float32Array,
      ]),
      2,
    );
  expect(exact).toBeCloseTo((at(1e-3) - at(-1e-3)) / 2e-3, 3);
});
