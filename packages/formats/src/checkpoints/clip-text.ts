const prefix = 'text_model.';

/**
 * The tensors of a CLIP text encoder by the names of released checkpoints, which have `text_model.` before all but the
 * projection. transformers 5 saves CLIPTextModel without it.
 */
export function clipTextNames<T>(tensors: ReadonlyMap<string, T>): Map<string, T> {
  const old = [...tensors.keys()].some((name) => name.startsWith(prefix));
  const named = (name: string): string => (old || name.startsWith('text_projection.') ? name : prefix + name);
  return new Map([...tensors].map(([name, tensor]) => [named(name), tensor]));
}
