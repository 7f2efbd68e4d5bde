import { input, type Value } from '@bradley/graph';
import type { Adapter, ParameterStore, Trainable } from './params.js';

export interface LoraConfig {
  readonly rank: number;
  readonly alpha: number;
  /** Names of layers, as the end of their path: `to_q`, `to_out.0`. */
  readonly targets: readonly string[];
}

/**
 * LoRA (Hu et al. 2021, arXiv:2106.09685) on top of a store: every targeted linear layer adds alpha/rank · (x Aᵀ) Bᵀ.
 * A is drawn from N(0, 1/rank²), as PEFT's `init_lora_weights="gaussian"`, B is zero. Names are PEFT's:
 * `<layer>.lora_A.weight` (rank, in) and `<layer>.lora_B.weight` (out, rank).
 */
export function loraStore(
  base: ParameterStore,
  { rank, alpha, targets }: LoraConfig,
): ParameterStore & { readonly trainables: readonly Trainable[] } {
  const trainables: Trainable[] = [];
  const adapters = new Map<string, Adapter>();
  const trainable = (name: string, shape: readonly number[], initial: Trainable['initial']): Value => {
    const value = input(name, shape);
    trainables.push({ name, shape, value, initial });
    return value;
  };
  return {
    trainables,
    tensor: base.tensor,
    adapter(path, inputs, outputs) {
      if (!targets.some((target) => path === target || path.endsWith(`.${target}`)))
        return base.adapter(path, inputs, outputs);
      const before = adapters.get(path);
      if (before) return before;
      const adapter = {
        down: trainable(`${path}.lora_A.weight`, [rank, inputs], { kind: 'normal', deviation: 1 / rank }),
        up: trainable(`${path}.lora_B.weight`, [outputs, rank], { kind: 'zeros' }),
        scale: alpha / rank,
      };
      adapters.set(path, adapter);
      return adapter;
    },
  };
}
