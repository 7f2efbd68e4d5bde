/** How a picture is to differ from what the model would draw: each from −1 to 1, 0 being as it is. */
export interface Look {
  /** Orange above 0, blue below. */
  readonly warm: number;
  readonly light: number;
  /** Strong colours above 0, greys below. */
  readonly vivid: number;
}

export const lookAxes = ['warm', 'light', 'vivid'] as const satisfies readonly (keyof Look)[];

const [orange, blue] = [
  [1, 0.45, 0.05],
  [0.1, 0.45, 1],
] as const;

/**
 * A picture (3, H, W) in [−1, 1] with another look. White paper stays white: tint and light act on what has ink on it.
 * The amounts at ±1 are ours, set by eye so that a picture redrawn from it shows the look and is still itself.
 */
export function applyLook(image: Float32Array, { warm, light, vivid }: Look): Float32Array {
  const pixels = image.length / 3;
  const looked = new Float32Array(image.length);
  const tint = warm > 0 ? orange : blue;
  for (let i = 0; i < pixels; i++) {
    const rgb = [0, 1, 2].map((channel) => unit((image[channel * pixels + i] as number) / 2 + 0.5));
    const inked = unit((1 - Math.min(...rgb) - 0.04) * 4);
    const tinted = rgb.map((value, channel) => mix(value, tint[channel] as number, 0.38 * Math.abs(warm) * inked));
    const grey = 0.299 * (tinted[0] as number) + 0.587 * (tinted[1] as number) + 0.114 * (tinted[2] as number);
    const saturation = 1 + (vivid > 0 ? 0.6 : 0.75) * vivid;
    tinted.forEach((value, channel) => {
      const coloured = grey + saturation * (value - grey);
      const lit = mix(coloured, light > 0 ? 1 : 0, 0.35 * Math.abs(light) * inked);
      looked[channel * pixels + i] = 2 * unit(lit) - 1;
    });
  }
  return looked;
}

const unit = (value: number): number => Math.min(Math.max(value, 0), 1);
const mix = (from: number, to: number, share: number): number => from + share * (to - from);
