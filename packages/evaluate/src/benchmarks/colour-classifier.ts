import type { RgbImage } from '@bradley/formats';
import { genEvalColours } from './geneval-rules.js';

/** Embeddings of a CLIP model, L2-normalised. */
export interface Embedder {
  /** Tells its weights from others. */
  readonly fingerprint: string;
  embedTexts(texts: readonly string[]): Promise<readonly Float32Array[]>;
  embedImages(images: readonly RgbImage[]): Promise<readonly Float32Array[]>;
}

export type ColourClassifier = (crops: readonly RgbImage[], className: string) => Promise<string[]>;

const templates: readonly ((colour: string, className: string) => string)[] = [
  (colour, className) => `a photo of a ${colour} ${className}`,
  (colour, className) => `a photo of a ${colour}-colored ${className}`,
  (colour) => `a photo of a ${colour} object`,
];

/**
 * Zero-shot classification by CLIP (Radford et al. 2021, §3.1.4): a colour is the mean of its templates' embeddings, normalised again; a picture has the
 * colour whose embedding is nearest. Colours and templates are GenEval's.
 */
export function colourClassifier(clip: Embedder): ColourClassifier {
  const known = new Map<string, Promise<Float32Array[]>>();
  const coloursOf = (className: string): Promise<Float32Array[]> => {
    const colours =
      known.get(className) ?? Promise.all(genEvalColours.map((colour) => embedColour(clip, colour, className)));
    known.set(className, colours);
    return colours;
  };
  return async (crops, className) => {
    const colours = await coloursOf(className);
    return (await clip.embedImages(crops)).map((image) => {
      const similarities = colours.map((colour) => dot(colour, image));
      return genEvalColours[similarities.indexOf(Math.max(...similarities))] as string;
    });
  };
}

async function embedColour(clip: Embedder, colour: string, className: string): Promise<Float32Array> {
  const embeddings = await clip.embedTexts(templates.map((template) => template(colour, className)));
  const mean = (embeddings[0] as Float32Array).map((_, i) =>
    embeddings.reduce((sum, values) => sum + (values[i] as number), 0),
  );
  const length = Math.sqrt(dot(mean, mean));
  return mean.map((value) => value / length);
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
