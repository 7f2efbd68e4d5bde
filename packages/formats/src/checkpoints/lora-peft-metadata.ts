import { LoraError, type LoraModules, loraNetworks, modulesOf, rankOf } from './lora-modules.js';

/** The key under which diffusers keeps PEFT's configuration in a file. */
export const peftMetadataKey = 'lora_adapter_metadata';

/**
 * PEFT's configuration of each network, as diffusers packs it: what most layers have, and `rank_pattern` and
 * `alpha_pattern` for those that differ. diffusers builds its layers from this, and falls back to alpha = rank without it. PEFT
 * takes a name for the end of a path: that of a text encoder comes without `text_model.`, which transformers 5 has not.
 *
 * @param targets names of layers by network, as the ends of their paths; by default every layer by its whole path
 */
export function peftMetadata(
  modules: LoraModules,
  targets: Readonly<Partial<Record<string, readonly string[]>>> = {},
): string {
  const entries = loraNetworks.flatMap((network) => {
    const own = new Map(
      [...modulesOf(modules, network)].map(([layer, module]) => [layer.replace(/^text_model\./, ''), module] as const),
    );
    if (own.size === 0) return [];
    const rank = mostCommon([...own.values()].map(rankOf));
    const alpha = mostCommon([...own.values()].map((module) => module.alpha));
    const pattern = (
      value: (module: typeof own extends ReadonlyMap<string, infer M> ? M : never) => number,
      usual: number,
    ) => Object.fromEntries([...own].flatMap(([layer, of]) => (value(of) === usual ? [] : [[layer, value(of)]])));
    const config = {
      alpha_pattern: pattern((module) => module.alpha, alpha),
      bias: 'none',
      init_lora_weights: 'gaussian',
      lora_alpha: alpha,
      lora_dropout: 0,
      peft_type: 'LORA',
      r: rank,
      rank_pattern: pattern(rankOf, rank),
      target_modules: targets[network] ?? [...own.keys()],
      use_dora: false,
      use_rslora: false,
    };
    return Object.entries(config).map(([key, value]) => [`${network}.${key}`, value] as const);
  });
  return JSON.stringify(Object.fromEntries(entries), null, 2);
}

/** The most frequent value; of several the first. */
export function mostCommon(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

/**
 * What the metadata of a file says of a layer's alpha: its pattern, else `lora_alpha`; undefined where it says nothing.
 * @throws LoraError for a configuration of more than plain LoRA
 */
export function peftAlphas(path: string, text: string): (layer: string, rank: number) => number | undefined {
  const config = parseMetadata(path, text);
  for (const [key, value] of Object.entries(config))
    if (/\.(use_dora|use_qalora|use_bdlora|lora_bias)$/.test(key) && value)
      throw new LoraError(`${path}: ${peftMetadataKey} has ${key}, and only plain LoRA can be read.`);
  const patternsOf = new Map(
    loraNetworks.map((network) => [network as string, patterns(path, network, config[`${network}.alpha_pattern`])]),
  );
  return (layer, rank) => {
    const network = layer.slice(0, layer.indexOf('.'));
    const own = patternsOf.get(network)?.find(([name]) => layer.endsWith(`.${name}`))?.[1];
    const alpha = own ?? config[`${network}.lora_alpha`];
    if (typeof alpha !== 'number') return undefined;
    return config[`${network}.use_rslora`] === true ? alpha * Math.sqrt(rank) : alpha; // rsLoRA scales by alpha / √rank
  };
}

/** PEFT takes a pattern for a regular expression of a path's end. Those found in files are names. */
function patterns(path: string, network: string, value: unknown): [string, unknown][] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value))
    throw new LoraError(`${path}: ${network}.alpha_pattern of its ${peftMetadataKey} is no object.`);
  return Object.entries(value).map(([pattern, alpha]) => {
    const name = pattern.replace(/^\^/, '').replace(/\$$/, '').replaceAll('\\.', '.');
    if (!/^[\w.-]+$/.test(name) || typeof alpha !== 'number')
      throw new LoraError(
        `${path}: ${network}.alpha_pattern of its ${peftMetadataKey} has '${pattern}', which is no layer's name with a number.`,
      );
    return [name, alpha];
  });
}

function parseMetadata(path: string, text: string): Record<string, unknown> {
  try {
    const metadata: unknown = JSON.parse(text);
    if (typeof metadata === 'object' && metadata !== null) return { ...metadata };
  } catch {
    // said below
  }
  throw new LoraError(
    `${path}: its ${peftMetadataKey} is not a JSON object. Save the LoRA again with a current diffusers.`,
  );
}
