import { normal, uniform } from '@bradley/runtime';
import { binomialBlur } from './binomial-blur.js';

/** How a picture is changed before a scorer sees it in training. */
export interface ViewOptions {
  /** How far it is moved, at most, in pixels; white comes in. */
  readonly shift: number;
  /** Share of pictures that are blurred, by a random part of a 3×3 binomial kernel. */
  readonly blur: number;
  /** Each channel is multiplied by 1 ± colour, and colour/2 at most is added or taken. */
  readonly colour: number;
  /** Greatest standard deviation of the noise added. */
  readonly noise: number;
  /** Share of pictures of which only a random rectangle is kept, the rest white. */
  readonly cut: number;
}

/** Names a view: the same key gives the same view. */
export interface ViewKey {
  readonly seed: number;
  readonly step: number;
  readonly index: number;
}

/** What is around the thing in every picture. */
const white = 1;

/** A random view of a picture (3, size, size) in [−1, 1]: mirrored or not, moved, cut, blurred, tinted, with noise. */
export function randomView(
  picture: Float32Array,
  size: number,
  { shift, blur, colour, noise, cut }: ViewOptions,
  key: ViewKey,
): Float32Array {
  const draws = uniform({ ...key, stream: 'designer/view' }, 17).values();
  const draw = (): number => draws.next().value ?? 0;
  const whole = (n: number): number => Math.floor(draw() * n);

  let view = move(picture, size, {
    mirrored: draw() < 0.5,
    right: whole(2 * shift + 1) - shift,
    down: whole(2 * shift + 1) - shift,
  });
  const cuts = draw() < cut;
  const smallest = Math.ceil(0.4 * size);
  const [height, width] = [smallest + whole(size - smallest + 1), smallest + whole(size - smallest + 1)];
  const [top, left] = [whole(size - height + 1), whole(size - width + 1)];
  if (cuts) whiten(view, size, (y, x) => y < top || y >= top + height || x < left || x >= left + width);
  const blurs = draw() < blur;
  const strength = draw();
  if (blurs) view = blend(view, binomialBlur(view, size), strength);

  const deviation = noise * draw();
  const grain = normal({ ...key, stream: 'designer/noise' }, view.length);
  for (let channel = 0; channel < 3; channel++) {
    const gain = 1 + colour * (2 * draw() - 1);
    const offset = (colour / 2) * (2 * draw() - 1);
    for (let i = channel * size * size; i < (channel + 1) * size * size; i++)
      view[i] = (view[i] as number) * gain + offset + deviation * (grain[i] as number);
  }
  return view;
}

/** A copy, mirrored left to right if asked, then moved. */
function move(
  picture: Float32Array,
  size: number,
  { mirrored, right, down }: { mirrored: boolean; right: number; down: number },
): Float32Array {
  const moved = new Float32Array(picture.length).fill(white);
  for (let channel = 0; channel < 3; channel++)
    for (let y = Math.max(0, down); y < Math.min(size, size + down); y++)
      for (let x = Math.max(0, right); x < Math.min(size, size + right); x++) {
        const column = mirrored ? size - 1 - (x - right) : x - right;
        moved[(channel * size + y) * size + x] = picture[(channel * size + y - down) * size + column] as number;
      }
  return moved;
}

function whiten(picture: Float32Array, size: number, outside: (y: number, x: number) => boolean): void {
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      if (outside(y, x)) for (let channel = 0; channel < 3; channel++) picture[(channel * size + y) * size + x] = white;
}

const blend = (a: Float32Array, b: Float32Array, share: number): Float32Array =>
  a.map((value, i) => value + share * ((b[i] as number) - value));
