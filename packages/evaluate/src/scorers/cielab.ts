/** L* (0 to 100), a* and b* of CIE 1976, for the white D65 of sRGB. */
export type Lab = readonly [lightness: number, a: number, b: number];

/** IEC 61966-2-1: from 8 bits to linear light. */
const linear = Float64Array.from({ length: 256 }, (_, value) => {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});

/** Linear sRGB to XYZ with D65; each row sums to the white point. */
const toXyz = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
] as const;
const white = toXyz.map(([r, g, b]) => r + g + b) as [number, number, number];

/** An 8-bit sRGB colour in CIELAB. */
export function cielab(red: number, green: number, blue: number): Lab {
  const r = linear[red] as number;
  const g = linear[green] as number;
  const b = linear[blue] as number;
  const x = root((toXyz[0][0] * r + toXyz[0][1] * g + toXyz[0][2] * b) / white[0]);
  const y = root((toXyz[1][0] * r + toXyz[1][1] * g + toXyz[1][2] * b) / white[1]);
  const z = root((toXyz[2][0] * r + toXyz[2][1] * g + toXyz[2][2] * b) / white[2]);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIE 15: the cube root, with a line for dark colours. */
const root = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);

/** ΔE*ab of CIE 1976: 2.3 is about the smallest difference that one sees. */
export const deltaE = (p: Lab, q: Lab): number => Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
