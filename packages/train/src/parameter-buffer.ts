import type { Initial, Trainable } from '@bradley/models';
import { normal, type RandomKey, uniform } from '@bradley/runtime';

/** Where one tensor lies in the flat buffer. */
export interface Segment {
  readonly name: string;
  /** First element. */
  readonly offset: number;
  readonly shape: readonly number[];
}

/**
 * Every trainable tensor in one flat buffer, so that the optimiser is one pass; each is fed to the graph as a view of it.
 */
export interface ParameterBuffer {
  readonly segments: readonly Segment[];
  readonly values: Float32Array;
  /** The tensor of that name, in place. */
  readonly views: Readonly<Record<string, Float32Array>>;
}

/** Lays out trainables in their order, over `values` or fresh zeros. */
export function parameterBuffer(
  trainables: readonly Pick<Trainable, 'name' | 'shape'>[],
  values?: Float32Array,
): ParameterBuffer {
  let offset = 0;
  const segments = trainables.map(({ name, shape }) => {
    const segment = { name, offset, shape };
    offset += length(shape);
    return segment;
  });
  const flat = values ?? new Float32Array(offset);
  if (flat.length !== offset) throw new RangeError(`${flat.length} numbers do not fill ${offset} parameters`);
  return { segments, values: flat, views: viewsOf(segments, flat) };
}

/** Named views of a flat buffer that is laid out by `segments`. */
export function viewsOf(segments: readonly Segment[], flat: Float32Array): Record<string, Float32Array> {
  return Object.fromEntries(
    segments.map(({ name, offset, shape }) => [name, flat.subarray(offset, offset + length(shape))]),
  );
}

/** Draws the starting values of a model trained from scratch: the same seed and names give the same numbers anywhere. */
export function initialise(buffer: ParameterBuffer, trainables: readonly Trainable[], seed: number): void {
  for (const { name, initial } of trainables) {
    const view = buffer.views[name] as Float32Array;
    view.set(drawInitial(initial, { seed, stream: `initial/${name}`, step: 0, index: 0 }, view.length));
  }
}

function drawInitial(initial: Initial, key: RandomKey, count: number): Float32Array {
  switch (initial.kind) {
    case 'zeros':
      return new Float32Array(count);
    case 'ones':
      return new Float32Array(count).fill(1);
    case 'uniform':
      return uniform(key, count).map((u) => (2 * u - 1) * initial.bound);
    case 'stored':
      return initial.read();
    case 'normal':
      return normal(key, count).map((z) => z * initial.deviation);
  }
}

const length = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
