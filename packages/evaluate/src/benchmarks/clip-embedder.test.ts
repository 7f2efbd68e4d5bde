import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openScorer } from '../scorers/open-scorer.js';
import { openClipEmbedder } from './clip-embedder.js';
import { colourClassifier } from './colour-classifier.js';
import { genEvalColours } from './geneval-rules.js';

const folder = fileURLToPath(new URL('../../../../fixtures/scorers/clip', import.meta.url));
const image = { width: 40, height: 40, data: Uint8Array.from({ length: 4800 }, (_, i) => (i * 7919) % 256) };

it('embeds as the CLIP scorer does, and tells a colour by the mean of three templates', async () => {
  const clip = await openClipEmbedder(folder);
  const scorer = await openScorer(`clip:${folder}`);
  try {
    const [picture] = (await clip.embedImages([image])) as [Float32Array];
    const cosine = (text: Float32Array): number =>
      text.reduce((sum, value, i) => sum + value * (picture[i] as number), 0);
    const prompts = genEvalColours.map((colour) => [
      `a photo of a ${colour} cup`,
      `a photo of a ${colour}-colored cup`,
      `a photo of a ${colour} object`,
    ]);
    const [texts, scores] = [
      await clip.embedTexts(prompts.flat()),
      await scorer.score(prompts.flat().map((prompt) => ({ prompt, image }))),
    ];
    for (const [i, text] of texts.entries()) expect(100 * cosine(text)).toBeCloseTo(scores[i] as number, 3);
    const means = prompts.map((_, colour) => {
      const three = texts.slice(3 * colour, 3 * colour + 3);
      const sum = Float32Array.from(three[0] as Float32Array, (_, i) =>
        three.reduce((total, text) => total + (text[i] as number), 0),
      );
      return cosine(sum) / Math.hypot(...sum);
    });
    const expected = genEvalColours[means.indexOf(Math.max(...means))];
    expect(await colourClassifier(clip)([image, image], 'cup')).toEqual([expected, expected]);
  } finally {
    await clip.release();
    await scorer.release();
  }
});
