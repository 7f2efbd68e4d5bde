import { permutation } from '@bradley/runtime';

/** Which examples make up which batch: every example once per epoch, in an order drawn anew for each. */
export interface Epochs {
  /** The indices of a batch, counted from 0. */
  batch(number: number): number[];
  /** The same with the epoch that each belongs to: how often the example was seen before. */
  visits(number: number): Visit[];
}

export interface Visit {
  readonly index: number;
  readonly epoch: number;
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
  const visits = (number: number): Visit[] =>
    Array.from({ length: batch }, (_, i) => {
      const position = number * batch + i;
      const epoch = Math.floor(position / count);
      return { index: orderOf(epoch)[position % count] as number, epoch };
    });
  return { visits, batch: (number) => visits(number).map(({ index }) => index) };
}
