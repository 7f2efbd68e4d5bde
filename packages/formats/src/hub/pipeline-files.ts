import { z } from 'zod';
import { chooseWeights } from '../weight-names.js';

/** Of a pipeline's files, the ones that it takes to run it. */
export interface PipelineFiles {
  readonly files: readonly string[];
  /** What is needed and not among the names. */
  readonly missing: readonly string[];
  /** The variant of the weights, where they are one in all parts; else the one that was asked for. */
  readonly variant: string | null;
  /** Which parts have weights other than those asked for, in words. */
  readonly notes: readonly string[];
}

const modelIndex = z.record(z.string(), z.unknown());
const shardIndex = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

/** What a tokenizer's folder must have, and may have. */
const tokenizerParts = {
  needs: [
    ['tokenizer_config.json', 'tokenizer.json'],
    ['tokenizer_config.json', 'vocab.json', 'merges.txt'],
  ],
  takes: ['special_tokens_map.json', 'added_tokens.json', 'tokenizer.json', 'vocab.json', 'merges.txt'],
};

/** Every file that a tokenizer may have. */
export const tokenizerFileNames: readonly string[] = [
  ...new Set([...tokenizerParts.needs.flat(), ...tokenizerParts.takes]),
];

/** The parts that are read, by their names in model_index.json: what each must have, and may have. */
const parts: readonly {
  readonly name: RegExp;
  /** One of these sets of files. */
  readonly needs: readonly (readonly string[])[];
  readonly takes: readonly string[];
  readonly weights: boolean;
}[] = [
  { name: /^scheduler$/, needs: [['scheduler_config.json']], takes: [], weights: false },
  { name: /^tokenizer(_\d)?$/, ...tokenizerParts, weights: false },
  { name: /^(unet|vae|text_encoder(_\d)?)$/, needs: [['config.json']], takes: [], weights: true },
];

/**
 * Which of a pipeline's files are needed. Only safetensors count as weights.
 * @param names all files, by their paths in the pipeline
 * @param readJson reads one of them
 * @throws Error for a pipeline of another kind, or when not one part has the variant
 */
export async function pipelineFiles(
  names: readonly string[],
  variant: string | null,
  readJson: (name: string) => Promise<unknown>,
): Promise<PipelineFiles> {
  const there = new Set(names);
  if (!there.has('model_index.json')) return { files: [], missing: ['model_index.json'], variant, notes: [] };
  const index = modelIndex.parse(await readJson('model_index.json'));
  const present = Object.keys(index).filter((key) => Array.isArray(index[key]) && index[key][1] !== null);
  const foreign = ['unet', 'vae'].filter((part) => !present.includes(part));
  if (foreign.length > 0)
    throw new Error(
      `a ${index._class_name} has no ${foreign.join(' and no ')}: Bradley reads StableDiffusionPipeline and StableDiffusionXLPipeline.`,
    );

  const [small, large, missing]: [string[], string[], string[]] = [['model_index.json'], [], []];
  const found: { readonly part: string; readonly variant: string | null }[] = [];
  for (const part of present) {
    const kind = parts.find(({ name }) => name.test(part));
    if (kind === undefined) continue;
    const inPart = names.filter((name) => name.startsWith(`${part}/`)).map((name) => name.slice(part.length + 1));
    missing.push(...lackingOf(kind.needs, inPart).map((file) => `${part}/${file}`));
    const wanted = new Set([...kind.needs.flat(), ...kind.takes]);
    small.push(...inPart.filter((file) => wanted.has(file)).map((file) => `${part}/${file}`));
    if (!kind.weights) continue;
    const choice = chooseWeights(inPart, { variant });
    if (choice === null) {
      const base = (index[part] as unknown[])[0] === 'diffusers' ? 'diffusion_pytorch_model' : 'model';
      missing.push(`${part}/${base}${variant === null ? '' : `.${variant}`}.safetensors`);
      continue;
    }
    found.push({ part, variant: choice.variant });
    const file = `${part}/${choice.file}`;
    if (!file.endsWith('.json')) large.push(file);
    else {
      small.push(file);
      const shards = new Set(Object.values(shardIndex.parse(await readJson(file)).weight_map));
      for (const shard of shards) (there.has(`${part}/${shard}`) ? large : missing).push(`${part}/${shard}`);
    }
  }
  return { files: [...small, ...large], missing, ...variantOf(found, variant) };
}

/** Which files of a repository are its tokenizer. */
export function tokenizerFiles(names: readonly string[]): PipelineFiles {
  const { needs, takes } = tokenizerParts;
  const wanted = new Set([...needs.flat(), ...takes]);
  return {
    files: names.filter((name) => wanted.has(name)),
    missing: lackingOf(needs, names),
    variant: null,
    notes: [],
  };
}

/** What is missing to the set of files that is the most complete. */
export function lackingOf(sets: readonly (readonly string[])[], names: readonly string[]): readonly string[] {
  const lacking = sets.map((set) => ({ set, files: set.filter((file) => !names.includes(file)) }));
  const share = ({ set, files }: (typeof lacking)[number]): number => files.length / set.length;
  return lacking.reduce((least, each) => (share(each) < share(least) ? each : least)).files;
}

function variantOf(
  found: readonly { readonly part: string; readonly variant: string | null }[],
  asked: string | null,
): Pick<PipelineFiles, 'variant' | 'notes'> {
  const kinds = [...new Set(found.map(({ variant }) => variant))];
  if (asked !== null && found.length > 0 && !kinds.includes(asked))
    throw new Error(`no part of it has weights of the variant ${asked}. Leave the variant out.`);
  const others = found.filter(({ variant }) => variant !== asked);
  const lacking = asked === null ? 'no weights without a variant' : `no variant ${asked}`;
  const notes = others.map(
    ({ part, variant }) =>
      `${part}: there are ${lacking}; ${variant === null ? 'those without one' : `the ones of ${variant}`} are used`,
  );
  const [only = null] = kinds;
  return { variant: asked ?? (kinds.length === 1 ? only : null), notes };
}
