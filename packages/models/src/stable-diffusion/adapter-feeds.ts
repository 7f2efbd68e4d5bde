import type { Trainable } from '../nn/params.js';
import type { PolicyWeights } from './policy-weights.js';

/**
 * The adapter's tensors as feeds of a graph that has room for it, its strength on B; zeros without one. Likewise the tensors of a
 * whole UNet, which cannot be left out.
 *
 * @throws RangeError when the adapter lacks a tensor, has one of another size, or has one that the graph does not know
 */
export function adapterFeeds(
  trainables: readonly Trainable[],
  adapter: PolicyWeights | null,
): Record<string, Float32Array> {
  const known = new Set(trainables.map(({ name }) => name));
  const unknown = Object.keys(adapter?.tensors ?? {}).filter((name) => !known.has(name));
  if (unknown.length)
    throw new RangeError(
      `the adapter has ${unknown.slice(0, 3).join(', ')}, which this model has no place for: it was trained for another`,
    );
  const strength = adapter && 'strength' in adapter ? (adapter.strength ?? 1) : 1;
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
