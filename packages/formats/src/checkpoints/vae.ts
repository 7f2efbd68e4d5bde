import type { TensorEntry } from '../safetensors-header.js';

/** The projections of the middle attention as diffusers named them before 0.17. */
const old = { query: 'to_q', key: 'to_k', value: 'to_v', proj_attn: 'to_out.0' } as const;
const oldName = /^((?:en|de)coder\.mid_block\.attentions\.0)\.(query|key|value|proj_attn)\.(weight|bias)$/;

/**
 * The tensors of an AutoencoderKL by the names of today. Released folders, those of SD 1.x among them, have the attention's
 * projections as `query`, `key`, `value` and `proj_attn`; some have them as 1×1 convolutions, which are the same numbers.
 */
export function vaeNames<T extends Pick<TensorEntry, 'shape'>>(tensors: ReadonlyMap<string, T>): Map<string, T> {
  return new Map(
    [...tensors].map(([name, tensor]) => {
      const [, at, projection, part] = oldName.exec(name) ?? [];
      const renamed = projection ? `${at}.${old[projection as keyof typeof old]}.${part}` : name;
      return [renamed, isProjection.test(renamed) ? asMatrix(tensor) : tensor];
    }),
  );
}

const isProjection = /^(?:en|de)coder\.mid_block\.attentions\.0\.to_(?:[qkv]|out\.0)\.weight$/;

/** (O, I, 1, 1) or (O, I, 1) seen as (O, I). */
export function asMatrix<T extends Pick<TensorEntry, 'shape'>>(tensor: T): T {
  const { shape } = tensor;
  return shape.length > 2 && shape.slice(2).every((size) => size === 1)
    ? { ...tensor, shape: shape.slice(0, 2) }
    : tensor;
}
