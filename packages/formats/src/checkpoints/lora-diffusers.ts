import { readSafetensors, writeSafetensors } from '../safetensors.js';
import { type Tensor, toFloat32 } from '../tensor.js';
import { joinHalves, LoraError, type LoraModule, type LoraModules } from './lora-modules.js';

/**
 * How diffusers and PEFT have ended the name of a tensor. The old attention processors (diffusers before 0.22) name the
 * projection as well; the layer's path ends in it.
 */
const spellings: readonly { readonly ending: RegExp; readonly part: 'A' | 'B' | 'alpha' }[] = [
  { ending: /\.lora_A(\.default)?\.weight$/, part: 'A' },
  { ending: /\.lora_B(\.default)?\.weight$/, part: 'B' },
  { ending: /\.lora(_linear_layer)?\.down\.weight$/, part: 'A' },
  { ending: /\.lora(_linear_layer)?\.up\.weight$/, part: 'B' },
  { ending: /\.processor\.(?<projection>to_[qkv]|to_out)_lora\.down\.weight$/, part: 'A' },
  { ending: /\.processor\.(?<projection>to_[qkv]|to_out)_lora\.up\.weight$/, part: 'B' },
  { ending: /\.alpha$/, part: 'alpha' },
];

/** The other parts of a pipeline that a file can hold a LoRA for. */
const otherComponent = /^(text_encoder(_[23])?|transformer)\./;

const prefix = 'unet.';
const metadataKey = 'lora_adapter_metadata';

/**
 * Reads a UNet's LoRA from a diffusers `pytorch_lora_weights.safetensors` or PEFT's file of its own. A layer's alpha is its
 * `.alpha` tensor, else what the metadata says, else its rank, as diffusers takes it.
 * @throws LoraError for anything it would have to leave out, a LoRA of the text encoder for example
 */
export async function readDiffusersLora(path: string): Promise<LoraModules> {
  const { tensors, metadata } = await readSafetensors(path);
  const alpha = alphaOf(path, metadata[metadataKey]);
  const found = new Map<string, { A?: Tensor; B?: Tensor; alpha?: number }>();
  for (const [name, tensor] of tensors) {
    const { layer, part } = locate(path, name);
    const halves = found.get(layer) ?? {};
    if (part in halves)
      throw new LoraError(`${path}: ${name} gives ${part} of ${layer} a second time, in another spelling.`);
    found.set(layer, { ...halves, [part]: part === 'alpha' ? toFloat32(tensor)[0] : tensor });
  }
  return joinHalves(path, found, (layer, rank) => alpha(layer, rank) ?? rank);
}

function locate(path: string, name: string): { layer: string; part: 'A' | 'B' | 'alpha' } {
  const component = otherComponent.exec(name)?.[1];
  if (component !== undefined)
    throw new LoraError(
      `${path}: it has a LoRA of the ${component} (${name}), and only one of the unet can be read. Remove the others.`,
    );
  const key = name.replace(/^(base_model\.model|unet)\./, '');
  for (const { ending, part } of spellings) {
    const match = ending.exec(key);
    if (!match) continue;
    const projection = match.groups?.projection?.replace(/^to_out$/, 'to_out.0');
    return { layer: key.slice(0, match.index) + (projection ? `.${projection}` : ''), part };
  }
  throw new LoraError(
    `${path}: ${name} is not of a plain LoRA in diffusers' or PEFT's names. Is the file in kohya's names, or a LoCon?`,
  );
}

/**
 * Writes a UNet's LoRA as diffusers' `save_lora_weights` does, so that its `load_lora_weights` takes it:
 * `unet.<layer>.lora.down.weight` and `.lora.up.weight`, rank, alpha and targets in the metadata.
 */
export async function writeDiffusersLora(
  path: string,
  modules: LoraModules,
  { rank, alpha, targets }: { readonly rank: number; readonly alpha: number; readonly targets: readonly string[] },
): Promise<void> {
  const other = [...modules].find(([, module]) => module.alpha !== alpha || module.A.shape[0] !== rank);
  const patterns = other ? patternsOf(modules) : { rank: {}, alpha: {} };
  const tensors = [...modules].flatMap(([layer, { A, B }]) => [
    [`${prefix}${layer}.lora.down.weight`, A] as const,
    [`${prefix}${layer}.lora.up.weight`, B] as const,
  ]);
  const config = {
    r: rank,
    lora_alpha: alpha,
    target_modules: targets,
    rank_pattern: patterns.rank,
    alpha_pattern: patterns.alpha,
    lora_dropout: 0,
    bias: 'none',
    init_lora_weights: 'gaussian',
  };
  const metadata = Object.fromEntries(Object.entries(config).map(([key, value]) => [prefix + key, value]));
  await writeSafetensors(path, new Map(tensors), { format: 'pt', [metadataKey]: JSON.stringify(metadata, null, 2) });
}

function patternsOf(modules: LoraModules) {
  const by = (value: (module: LoraModule) => number | undefined) =>
    Object.fromEntries([...modules].map(([layer, module]) => [layer, value(module)]));
  return { rank: by(({ A }) => A.shape[0]), alpha: by(({ alpha }) => alpha) };
}

/** What the metadata says of a layer's alpha: its pattern, else lora_alpha. */
function alphaOf(path: string, text: string | undefined): (layer: string, rank: number) => number | undefined {
  if (text === undefined) return () => undefined;
  const config = parseMetadata(path, text);
  if (config[`${prefix}use_dora`] === true)
    throw new LoraError(`${path}: it is a DoRA, and only plain LoRA can be read.`);
  const patterns = Object.entries((config[`${prefix}alpha_pattern`] ?? {}) as Record<string, unknown>);
  const common = config[`${prefix}lora_alpha`];
  return (layer, rank) => {
    const own = patterns.find(([name]) => layer === name || layer.endsWith(`.${name}`))?.[1] ?? common;
    if (typeof own !== 'number') return undefined;
    return config[`${prefix}use_rslora`] === true ? own * Math.sqrt(rank) : own; // rsLoRA scales by alpha / √rank
  };
}

function parseMetadata(path: string, text: string): Record<string, unknown> {
  try {
    const metadata: unknown = JSON.parse(text);
    if (typeof metadata === 'object' && metadata !== null) return { ...metadata };
  } catch {
    // said below
  }
  throw new LoraError(
    `${path}: its ${metadataKey} is not a JSON object. Save the LoRA again with a current diffusers.`,
  );
}
