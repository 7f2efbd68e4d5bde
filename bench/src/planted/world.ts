import { encodePng } from '@bradley/formats';
import { integers, normal, type RandomKey, uniform } from '@bradley/runtime';

/** Side of the pictures. */
export const side = 64;

export const hues = 'red orange yellow chartreuse green spring cyan azure blue violet magenta rose'.split(' ');
/** The share of the picture that each size word asks for. */
export const sizes: Readonly<Record<string, number>> = { small: 0.05, medium: 0.13, large: 0.34 };
export const shapes = ['disc', 'square', 'triangle', 'diamond'] as const;
export type ShapeName = (typeof shapes)[number];

/** What a prompt says: "large azure disc". */
export interface Wish {
  readonly prompt: string;
  /** Radians. */
  readonly hue: number;
  readonly area: number;
  readonly shape: ShapeName;
}

/** All 144 prompts. */
export const wishes: readonly Wish[] = Object.entries(sizes).flatMap(([size, area]) =>
  hues.flatMap((hue, i) =>
    shapes.map((shape) => ({ prompt: `${size} ${hue} ${shape}`, hue: (2 * Math.PI * i) / hues.length, area, shape })),
  ),
);

/** 8-bit RGB (side, side, 3). */
export type Pixels = Uint8Array;

/**
 * The planted utility of a picture for a prompt, in pixels r, g, b ∈ [0, 1]. Of each pixel α = r − (g + b)/2 and β = (√3/2)(g − b)
 * are its place on the wheel of hues and c = √(α² + β²) its chroma. Over the pixels with c > 0.1, let h be the angle of (Σα, Σβ),
 * s the mean chroma and a their share of the picture. With the prompt's hue h* and area a*,
 *   m = ½ (1 + cos(h − h*)),    f = exp(−(ln(a / a*) / 0.6)²)
 *   U = m² · s + ½ (2m − 1) · f
 * So saturation counts only where the hue is right, and the right size is good on the right hue and bad on the wrong one.
 */
export function utility(pixels: Pixels, { hue, area }: Pick<Wish, 'hue' | 'area'>): number {
  const seen = look(pixels);
  if (seen === null) return 0;
  const match = (1 + Math.cos(seen.hue - hue)) / 2;
  const fit = Math.exp(-((Math.log(seen.share / area) / 0.6) ** 2));
  return match ** 2 * seen.chroma + 0.5 * (2 * match - 1) * fit;
}

/** What the utility sees in a picture. */
export interface Seen {
  /** Radians. */
  readonly hue: number;
  /** Mean over the coloured pixels. */
  readonly chroma: number;
  /** Of the picture, coloured. */
  readonly share: number;
}

/** h, s and a of `utility`; null where no pixel has colour. */
export function look(pixels: Pixels): Seen | null {
  let [sumAlpha, sumBeta, sumChroma, count] = [0, 0, 0, 0];
  for (let i = 0; i < pixels.length; i += 3) {
    const [r, g, b] = [pixels[i] as number, pixels[i + 1] as number, pixels[i + 2] as number];
    const alpha = (r - (g + b) / 2) / 255;
    const beta = ((Math.sqrt(3) / 2) * (g - b)) / 255;
    const chroma = Math.hypot(alpha, beta);
    if (chroma <= 0.1) continue;
    sumAlpha += alpha;
    sumBeta += beta;
    sumChroma += chroma;
    count++;
  }
  return count === 0
    ? null
    : { hue: Math.atan2(sumBeta, sumAlpha), chroma: sumChroma / count, share: count / (side * side) };
}

/**
 * A picture that a careless generator would make of a prompt: its shape, at a random place, of a random size; in half of the cases
 * its hue give or take 60°, else any hue.
 */
export function drawPicture({ hue: wished, shape }: Wish, key: RandomKey): Pixels {
  const u = uniform(key, 8);
  const [obeys = 0, anyHue = 0, size = 0, saturation = 0, brightness = 0, x = 0, y = 0, paper = 0] = [...u];
  const [near = 0] = normal({ ...key, stream: `${key.stream}/hue` }, 1);
  const hue = obeys < 0.5 ? wished + (near * Math.PI) / 3 : 2 * Math.PI * anyHue;
  const area = 0.025 * 22 ** size; // 2.5 to 55 %
  const colour = rgbOf(hue, 0.25 + 0.75 * saturation, 0.55 + 0.45 * brightness);
  const ground = 0.78 + 0.2 * paper;
  const radius = radiusOf[shape](area * side * side);
  const reach = Math.min(radius, side / 2);
  const [cx, cy] = [reach + (side - 2 * reach) * x, reach + (side - 2 * reach) * y];
  const [shift = 0] = integers({ ...key, stream: `${key.stream}/grain` }, 1, grain.length);
  const pixels = new Uint8Array(3 * side * side);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const at = row * side + column;
      const inside = contains[shape](column + 0.5 - cx, row + 0.5 - cy, radius);
      for (let c = 0; c < 3; c++) {
        const value =
          (inside ? (colour[c] as number) : ground) + 0.012 * (grain[(at + shift) % grain.length] as number);
        pixels[3 * at + c] = Math.round(255 * Math.min(Math.max(value, 0), 1));
      }
    }
  return pixels;
}

export const pngOf = (pixels: Pixels): Promise<Uint8Array> => encodePng(pixels, side, side);

/** Sensor noise, read from a random place on. */
const grain = normal({ seed: 0, stream: 'planted/grain', step: 0, index: 0 }, 65_536);

/** Half the extent of a shape of that many pixels. */
const radiusOf: Record<ShapeName, (area: number) => number> = {
  disc: (area) => Math.sqrt(area / Math.PI),
  square: (area) => Math.sqrt(area) / 2,
  diamond: (area) => Math.sqrt(area / 2),
  triangle: (area) => Math.sqrt(area / 2),
};

const contains: Record<ShapeName, (x: number, y: number, radius: number) => boolean> = {
  disc: (x, y, r) => x * x + y * y <= r * r,
  square: (x, y, r) => Math.max(Math.abs(x), Math.abs(y)) <= r,
  diamond: (x, y, r) => Math.abs(x) + Math.abs(y) <= r,
  triangle: (x, y, r) => y <= r && Math.abs(x) <= (y + r) / 2,
};

/** HSV to RGB, 0 to 1 each; hue in radians. */
function rgbOf(hue: number, saturation: number, value: number): number[] {
  const sixth = (((hue / (Math.PI / 3)) % 6) + 6) % 6;
  return [5, 3, 1].map((n) => {
    const k = (n + sixth) % 6;
    return value - value * saturation * Math.max(0, Math.min(k, 4 - k, 1));
  });
}
