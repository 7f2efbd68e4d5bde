import { normal, type RandomKey, uniform } from '@bradley/runtime';
import { hues, type Seen, type ShapeName, shapes } from './world.js';

/** Words of captions, and what each means; those of prompts among them. */
const shareWords: Readonly<Record<string, number>> = {
  tiny: 0.03,
  small: 0.05,
  smallish: 0.08,
  medium: 0.13,
  biggish: 0.21,
  large: 0.34,
  huge: 0.55,
};
const chromaWords: Readonly<Record<string, number>> = { greyish: 0.2, pale: 0.4, soft: 0.6, strong: 0.8, vivid: 1 };

/** How far annotators are apart: deviations of hue in radians, of the logarithm of the share, and of chroma. */
const spread = { hue: Math.PI / 12, share: 0.3, chroma: 0.1 };

/** Says what shape it is, or says nothing of it. */
const anyShape = 'shape';

/**
 * What an annotator writes under a picture: the nearest word for size, saturation and hue as he sees them, and annotators differ. "large
 * soft azure disc", "large soft azure shape" or "large azure shape": never size, hue and shape alone, so that no caption is a prompt.
 */
export function captionOf({ hue, chroma, share }: Seen, shape: ShapeName, key: RandomKey): string {
  const [dHue = 0, dShare = 0, dChroma = 0] = normal({ ...key, stream: `${key.stream}/sees` }, 3);
  const [namesShape = 0, namesChroma = 0] = uniform({ ...key, stream: `${key.stream}/says` }, 2);
  const turn = ((hue + spread.hue * dHue) / (2 * Math.PI)) * hues.length;
  const size = nearest(shareWords, Math.log(share) + spread.share * dShare, Math.log);
  const saturation = nearest(chromaWords, chroma + spread.chroma * dChroma, (meant) => meant);
  const hueWord = hues[((Math.round(turn) % hues.length) + hues.length) % hues.length] as string;
  if (namesShape < 0.5) return `${size} ${saturation} ${hueWord} ${shape}`;
  return namesChroma < 0.5 ? `${size} ${saturation} ${hueWord} ${anyShape}` : `${size} ${hueWord} ${anyShape}`;
}

/** Every word of captions and prompts. */
export const captionWords: readonly string[] = [
  ...Object.keys(shareWords),
  ...Object.keys(chromaWords),
  ...hues,
  ...shapes,
  anyShape,
];

function nearest(words: Readonly<Record<string, number>>, seen: number, scale: (meant: number) => number): string {
  const distance = (meant: number): number => Math.abs(scale(meant) - seen);
  return Object.entries(words).reduce((best, entry) => (distance(entry[1]) < distance(best[1]) ? entry : best))[0];
}
