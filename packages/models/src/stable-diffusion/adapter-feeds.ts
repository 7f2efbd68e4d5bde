import type { LoraConfig } from '../nn/lora.js';
import type { Trainable } from '../nn/params.js';

/** A LoRA to sample or judge with: its geometry, and its tensors by PEFT name. */
export interface SamplingAdapter {
  readonly config: LoraConfig;
  readonly tensors: Readonly<Record<string, Float32Array>>;
  /** Factor on the adapter; 0 is the base model. Default 1. */
  readonly strength?: number;
}

/**
 * The adapter's tensors as feeds of a graph that has room for it, its strength on B; zeros without one.
 *
 * @throws RangeError when the adapter lacks a tensor, has one of another size, or has one that the graph does not know
 */
export function adapterFeeds(
  trainables: readonly Trainable[],
  adapter: SamplingAdapter | null,
): Record<string, Float32Array> {
  const known = new Set(trainables.map(({ name }) => name));
  const unknown = Object.keys(adapter?.tensors ?? {}).filter((name) => !known.has(name));
  if (unknown.length)
    throw new RangeError(
      `the adapter has ${unknown.slice(0, 3).join(', ')}, which this model has no place for: it was trained for another`,
    );
  const strength = adapter?.strength ?? 1;
  return Object.fromEntries(
    trainables.map(({ name, shape }) => {
      const length = shape.reduce((product, n) => product * n, 1);
      const tensor = adapter?.tensors[name];
      if (adapter && tensor?.length !== length)
        throw new RangeError(
          `the adapter has ${tensor ? `${tensor.length} numbers` : 'nothing'} for ${name}, the model needs (${shape.join(', ')})`,
        );
      const values = tensor ?? new Float32Array(length);
      return [name, name.endsWith('.lora_B.weight') && strength !== 1 ? values.map((b) => b * strength) : values];
    }),
  );
}
