/** The names under which diffusers and transformers save a model's weights. */
const usualNames = ['diffusion_pytorch_model', 'model'];

export interface WeightSearch {
  /** The `<name>` of `<name>.safetensors`; by default what diffusers and transformers use. */
  readonly baseName?: string;
  /** `fp16` for `<name>.fp16.safetensors`; null, the default, for the weights without a variant. */
  readonly variant?: string | null;
}

/** The file, or the index of shards, that holds the weights, and the variant that it is. */
export interface WeightChoice {
  readonly file: string;
  readonly variant: string | null;
}

/**
 * Chooses the weights among the names of a folder: the variant that is asked for, a whole file before an index of shards.
 * Where there is none of it, a variant gives way to the weights without one, and these to fp16 or an only variant: the
 * result says which it is. Null where nothing fits.
 */
export function chooseWeights(
  names: readonly string[],
  { baseName, variant = null }: WeightSearch = {},
): WeightChoice | null {
  for (const base of baseName === undefined ? usualNames : [baseName]) {
    const variants = variantsIn(names, base);
    const only = variants.includes('fp16') || variants.length !== 1 ? 'fp16' : (variants[0] as string);
    for (const candidate of [variant, variant === null ? only : null]) {
      const file = weightFiles(base, candidate).find((name) => names.includes(name));
      if (file !== undefined) return { file, variant: candidate };
    }
  }
  return null;
}

/** The names that would have been chosen, the first choice first: for errors. */
export const wantedWeights = ({ baseName, variant = null }: WeightSearch): string[] =>
  (baseName === undefined ? usualNames : [baseName]).flatMap((base) =>
    [...new Set([variant, null, 'fp16'])].flatMap((each) => weightFiles(base, each)),
  );

function weightFiles(base: string, variant: string | null): string[] {
  if (variant === null) return [`${base}.safetensors`, `${base}.safetensors.index.json`];
  return [
    `${base}.${variant}.safetensors`,
    `${base}.safetensors.index.${variant}.json`, // diffusers
    `${base}.${variant}.safetensors.index.json`,
  ];
}

/** Whatever stands where the variant does; a shard's number is no variant, having a dash. */
function variantsIn(names: readonly string[], base: string): string[] {
  const found = names.flatMap((name) => {
    if (!name.startsWith(`${base}.`)) return [];
    const rest = name.slice(base.length + 1);
    return /^(\w+)\.safetensors(?:\.index\.json)?$|^safetensors\.index\.(\w+)\.json$/.exec(rest)?.slice(1) ?? [];
  });
  return [...new Set(found.filter((variant) => variant !== undefined))];
}
