import type { RgbImage } from '@bradley/formats';
import { cielab, deltaE, type Lab } from './cielab.js';
import { ruleScorer } from './picture-rule.js';
import type { ScorerKind } from './scorer-kind.js';

export const palette: ScorerKind = {
  summary: 'how near the pixels are to the colours of a palette: 0 is of these colours only',
  argument: 'list of colours, as #ff8800,#003366',
  open: async (argument) => {
    const colours = parsePalette(argument);
    const labs = colours.map((colour) => cielab(...colour));
    return ruleScorer({
      name: 'palette',
      version: 1,
      argument: colours.map(hex).sort().join(','),
      rate: (image) => -paletteDistance(image, labs),
    });
  },
};

type Colour = readonly [red: number, green: number, blue: number];

/** @throws RangeError for what is not a list of colours */
export function parsePalette(argument: string): Colour[] {
  const colours = argument.split(',').map((text): Colour => {
    const digits = /^\s*#?([0-9a-f]{6})\s*$/i.exec(text)?.[1];
    if (digits === undefined)
      throw new RangeError(
        `palette: '${text}' is not a colour. Write six hex digits each, with commas between: #ff8800,#003366`,
      );
    const channel = (at: number): number => Number.parseInt(digits.slice(at, at + 2), 16);
    return [channel(0), channel(2), channel(4)];
  });
  return [...new Map(colours.map((colour) => [hex(colour), colour])).values()];
}

const hex = (colour: Colour): string => `#${colour.map((value) => value.toString(16).padStart(2, '0')).join('')}`;

/** The mean over the pixels of ΔE*ab (CIE 1976) to the nearest colour of the palette. */
export function paletteDistance({ width, height, data }: RgbImage, colours: readonly Lab[]): number {
  const known = new Map<number, number>(); // pictures repeat their colours
  let total = 0;
  for (let i = 0; i < 3 * width * height; i += 3) {
    const [red, green, blue] = [data[i], data[i + 1], data[i + 2]] as [number, number, number];
    const key = (red << 16) | (green << 8) | blue;
    let distance = known.get(key);
    if (distance === undefined) {
      const pixel = cielab(red, green, blue);
      distance = Math.min(...colours.map((colour) => deltaE(pixel, colour)));
      known.set(key, distance);
    }
    total += distance;
  }
  return total / (width * height);
}
