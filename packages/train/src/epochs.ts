import { permutation } from '@bradley/runtime';

/** Which examples make up which batch: every example once per epoch, in an order drawn anew for each. */
export interface Epochs {
  /** The indices of a batch, counted from 0. */
  batch(number: number): number[];
}

/** @param stream names the draw, so that two datasets of a run are shuffled apart */
export function epochs(count: number, batch: number, seed: number, stream = 'epochs'): Epochs {
  if (count < 1) throw new RangeError('there are no examples to train on');
  let known: { epoch: number; order: Uint32Array } | null = null;
  const orderOf = (epoch: number): Uint32Array => {
    if (known?.epoch !== epoch)
      known = { epoch, order: permutation({ seed, stream, step: epoch, index: 0 }, count) as Uint32Array };
    return known.order;
  };
  return {
    batch: (number) =>
      Array.from({ length: batch }, (_, i) => {
        const position = number * batch + i;
        return orderOf(Math.floor(position / count))[position % count] as number;
      }),
  };
}
