import { clipConfigSchema, openClipEncoder, openPart } from '@bradley/models';
import { serve } from '../serve.js';
import { workerOptions } from './options.js';
import { syntheticPictures, syntheticPrompts } from './synthetic-pairs.js';

/** Scores of pictures for a prompt each, by the towers of a CLIP model. */
const { model, batch, session } = workerOptions();
const part = await openPart(model, clipConfigSchema);
const encoder = await openClipEncoder(part, { ...session, batch });
const pictures = syntheticPictures(batch, part.config.vision_config.image_size);
const prompts = syntheticPrompts(batch, encoder.textLength, part.config.text_config.vocab_size);
await serve(
  async () => {
    const images = await encoder.encodeImages(pictures);
    const texts = await encoder.encodeTexts(prompts);
    const scores = images.map((image, i) => encoder.logitScale * dot(image, texts[i] as Float32Array));
    return scores[0] as number;
  },
  { threads: session.threads },
);

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
}
