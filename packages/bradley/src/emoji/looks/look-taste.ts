import { createHash } from 'node:crypto';
import type { RgbImage } from '@bradley/formats';
import type { Look } from '../../arena/looks.js';
import type { Category } from '../names.js';

/**
 * What the second stated synthetic persona likes of the colours of a picture, by what it shows: what lives it likes warm, things it
 * likes cool, and all it likes somewhat light. Tastes of opposite sign over about as many names cancel, so who does not read the prompt
 * learns the light alone.
 */
export const lookTaste: Record<Category, Look> = {
  'animals & nature': { warm: 1, light: 0.6, vivid: 0 },
  'faces & people': { warm: 1, light: 0.6, vivid: 0 },
  'food & drink': { warm: -1, light: 0.6, vivid: 0 },
  objects: { warm: -1, light: 0.6, vivid: 0 },
  'travel & places': { warm: -1, light: 0.6, vivid: 0 },
};

export const lookPersona = 'synthetic-look-persona';

/** How often the persona answers against its taste. */
export const lookFlipRate = 0.1;

/** Of pictures of the emoji model: what a look of 1 changes in the measures of `measureLook`. */
const unit: Look = { warm: 0.18, light: 0.1, vivid: 0.12 };

/**
 * The colours of what is drawn on white, each pixel counting by its ink: `warm` is the mean of red − blue, `light` of luma (BT.601),
 * `vivid` of the largest − the smallest channel, all of 1. Paper counts nothing, so size does not matter.
 */
export function measureLook({ data }: RgbImage): Look {
  let [total, warm, light, vivid] = [0, 0, 0, 0];
  for (let i = 0; i < data.length; i += 3) {
    const [red, green, blue] = [data[i], data[i + 1], data[i + 2]] as [number, number, number];
    const least = Math.min(red, green, blue);
    const ink = Math.min(Math.max((1 - least / 255 - 0.04) * 4, 0), 1);
    total += ink;
    warm += ink * (red - blue);
    light += ink * (0.299 * red + 0.587 * green + 0.114 * blue);
    vivid += ink * (Math.max(red, green, blue) - least);
  }
  const scale = 255 * Math.max(total, 1);
  return { warm: warm / scale, light: light / scale, vivid: vivid / scale };
}

/** How much the persona likes a picture of something of that category: its exact utility, a rule about pixels. */
export function lookUtility(category: Category, image: RgbImage): number {
  const { warm, light, vivid } = measureLook(image);
  const taste = lookTaste[category];
  return (taste.warm * warm) / unit.warm + (taste.light * light) / unit.light + (taste.vivid * vivid) / unit.vivid;
}

/** Whether the persona answers this comparison against its taste: a function of the comparison's id alone. */
export function lookFlipped(id: string, rate = lookFlipRate): boolean {
  return createHash('sha256').update(`${lookPersona}\n${id}`).digest().readUInt32BE(0) / 2 ** 32 < rate;
}
