import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Scorer, weightFingerprint } from '@bradley/evaluate';
import { toModelRange } from '@bradley/formats';
import { emojiClipFolder, openEmojiClip, readEmojiNames } from 'bradley';
import { night } from './styles.js';

/**
 * 1 where a picture's prompt is among the five that the emoji CLIP finds nearest of all the model's names, else 0: whether what is
 * preferred is still what was asked for. It learnt no preference.
 */
export async function recognisedScorer(threads: number): Promise<Scorer> {
  const towers = await openEmojiClip(emojiClipFolder, { threads });
  const names = (await readEmojiNames()).map(({ name }) => name);
  const texts = await towers.embedPrompts(names);
  const weights = await readFile(join(emojiClipFolder, 'model.safetensors'));
  return {
    name: 'recognised',
    identity: createHash('sha256').update('five nearest\n').update(weights).digest('hex'),
    weights: await weightFingerprint([join(emojiClipFolder, 'model.safetensors')]),
    readsPrompt: true,
    learntFrom: { raters: [], prompts: [] },
    async score(items) {
      const images = await Promise.all(items.map(async ({ image }) => (await toModelRange(image, 64)).data));
      const embedded = await towers.embedPictures(images);
      return Float64Array.from(items, ({ prompt }, i) => {
        const nearness = texts.map((text) =>
          text.reduce((sum, value, d) => sum + value * (embedded[i]?.[d] as number), 0),
        );
        const own = nearness[names.indexOf(prompt)] ?? Number.NEGATIVE_INFINITY;
        return nearness.filter((other) => other > own).length < 5 ? 1 : 0;
      });
    },
    release: () => towers.release(),
  };
}

/** 1 where a picture is recognised as it is, or with its black paper turned white again: a style is no fault of a drawing. */
export function recognisedEitherWay(recognised: Scorer): Scorer {
  return {
    ...recognised,
    name: 'recognised either way',
    identity: createHash('sha256').update(`either way\n${recognised.identity}`).digest('hex'),
    async score(items) {
      const [plain, turned] = [
        await recognised.score(items),
        await recognised.score(items.map(({ prompt, image }) => ({ prompt, image: night(image) }))),
      ];
      return plain.map((value, i) => Math.max(value, turned[i] as number));
    },
  };
}
