import { input, type Shape, type Value } from '@bradley/graph';

/** How a layer's tensor starts when a model is trained from scratch. */
export type Initial =
  | { readonly kind: 'zeros' | 'ones' }
  /** U(−bound, bound) */
  | { readonly kind: 'uniform'; readonly bound: number }
  /** N(0, deviation²) */
  | { readonly kind: 'normal'; readonly deviation: number }
  /** The values of a model that training goes on from. */
  | { readonly kind: 'stored'; readonly read: () => Float32Array };

/**
 * A low-rank addition to a layer: y + scale · (x downᵀ) upᵀ, with down (rank, in) and up (out, rank). Of a convolution with a
 * kernel, down is one itself, (rank, in, kernel, kernel), with the layer's strides and pads.
 */
export interface Adapter {
  readonly down: Value;
  readonly up: Value;
  readonly scale: number;
}

/** Where a model's tensors come from: a checkpoint, trainable inputs, either with a LoRA on top. */
export interface ParameterStore {
  /** The tensor of that checkpoint name, checked against the shape that the model needs. */
  tensor(path: string, shape: Shape, initial: Initial): Value;
  /** The LoRA of the layer at that path, if it has one. `inputs` and `outputs` are the layer's widths, `kernel` its side. */
  adapter(path: string, inputs: number, outputs: number, kernel?: number): Adapter | null;
}

/** A place in a checkpoint. Layers ask it for their tensors by the checkpoint's own names. */
export interface Params {
  readonly path: string;
  at(name: string): Params;
  tensor(name: string, shape: Shape, initial: Initial): Value;
  adapter(inputs: number, outputs: number, kernel?: number): Adapter | null;
}

export function paramsOf(store: ParameterStore, path = ''): Params {
  const join = (name: string): string => (path ? `${path}.${name}` : name);
  return {
    path,
    at: (name) => paramsOf(store, join(name)),
    tensor: (name, shape, initial) => store.tensor(join(name), shape, initial),
    adapter: (inputs, outputs, kernel) => store.adapter(path, inputs, outputs, kernel),
  };
}

/** A tensor that training changes: it is fed at every step under `name`. */
export interface Trainable {
  readonly name: string;
  readonly shape: Shape;
  readonly value: Value;
  readonly initial: Initial;
}

/** Makes every tensor that the model asks for a trainable input, and lists them in the order of asking. */
export function trainableStore(prefix = ''): ParameterStore & { readonly trainables: readonly Trainable[] } {
  const trainables = new Map<string, Trainable>();
  return {
    get trainables() {
      return [...trainables.values()];
    },
    tensor(path, shape, initial) {
      const name = prefix + path;
      const before = trainables.get(name);
      if (before) return before.value;
      const value = input(name, shape);
      trainables.set(name, { name, shape, value, initial });
      return value;
    },
    adapter: () => null,
  };
}
