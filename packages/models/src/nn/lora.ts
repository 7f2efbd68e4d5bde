import { input, type Value } from '@bradley/graph';
import type { Adapter, ParameterStore, Trainable } from './params.js';

export interface LoraConfig {
  readonly rank: number;
  readonly alpha: number;
  /** Names of layers, as the end of their path: `to_q`, `to_out.0`. */
  readonly targets: readonly string[];
  /** Ranks that differ, by the layer's whole path: PEFT's `rank_pattern`. Their alpha is such that alpha / rank is the same. */
  readonly ranks?: Readonly<Record<string, number>>;
}

/**
 * LoRA (Hu et al. 2021, arXiv:2106.09685) on top of a store: every targeted layer adds alpha/rank · (x Aᵀ) Bᵀ. A is drawn from
 * N(0, 1/rank²), as PEFT's `init_lora_weights="gaussian"`, B is zero. Names are PEFT's: `<layer>.lora_A.weight` (rank, in), or
 * (rank, in, kernel, kernel) of a convolution, and `<layer>.lora_B.weight` (out, rank).
 *
 * @param prefix what comes before the names of the inputs, where a graph has the LoRA of several networks
 */
export function loraStore(
  base: ParameterStore,
  { rank: usual, alpha, targets, ranks = {} }: LoraConfig,
  prefix = '',
): ParameterStore & { readonly trainables: readonly Trainable[] } {
  const trainables: Trainable[] = [];
  const adapters = new Map<string, Adapter>();
  const trainable = (path: string, shape: readonly number[], initial: Trainable['initial']): Value => {
    const name = prefix + path;
    const value = input(name, shape);
    trainables.push({ name, shape, value, initial });
    return value;
  };
  return {
    trainables,
    tensor: base.tensor,
    adapter(path, inputs, outputs, kernel = 1) {
      if (!targets.some((target) => path === target || path.endsWith(`.${target}`)))
        return base.adapter(path, inputs, outputs, kernel);
      const before = adapters.get(path);
      if (before) return before;
      const rank = ranks[path] ?? usual;
      const window = kernel === 1 ? [] : [kernel, kernel];
      const adapter = {
        down: trainable(`${path}.lora_A.weight`, [rank, inputs, ...window], { kind: 'normal', deviation: 1 / rank }),
        up: trainable(`${path}.lora_B.weight`, [outputs, rank], { kind: 'zeros' }),
        scale: alpha / usual,
      };
      adapters.set(path, adapter);
      return adapter;
    },
  };
}
