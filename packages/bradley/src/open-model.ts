import { resolve } from 'node:path';
import {
  clipTokenizer,
  type ResolvedModel,
  type ResolveOptions,
  resolveModel,
  resolveTokenizer,
} from '@bradley/formats';
import { type DiffusionModel, type OpenModelOptions, openDiffusionModel, requireModelFile } from '@bradley/models';

/** How a model is fetched where it is not here, and what a single file does not hold. */
export type ModelOptions = ResolveOptions & OpenModelOptions;

/**
 * Opens a model by whatever names it: a local path, or its place on the Hugging Face hub, from where it is fetched first. So is,
 * for a single file, the tokenizer of CLIP, unless another is given.
 */
export async function openModel(name: string, options: ModelOptions = {}): Promise<DiffusionModel> {
  const { tokenizer = null, predictionType = null, modelConfig = null, ...fetch } = options;
  const { kind, path, variant } = await resolveModel(name, fetch);
  const words = kind === 'file' ? await tokenizerFor(path, tokenizer, modelConfig, fetch) : null;
  return openDiffusionModel(path, { variant, tokenizer: words?.path ?? tokenizer, predictionType, modelConfig });
}

/** What names a model in the config of a run. */
export interface ModelNames {
  readonly model: string;
  readonly variant: string | null;
  readonly tokenizer: string | null;
  readonly modelConfig: string | null;
}

/** The same model by names that lead to it for ever and from everywhere; what is not here is fetched. */
export async function pinModel(names: ModelNames, fetch: ResolveOptions = {}): Promise<ModelNames> {
  const { tokenizer, modelConfig } = names;
  const { kind, path, name, variant } = await resolveModel(names.model, { ...fetch, variant: names.variant });
  const words = kind === 'file' ? await tokenizerFor(path, tokenizer, modelConfig, fetch) : null;
  return {
    model: name,
    variant,
    tokenizer: words?.name ?? tokenizer,
    modelConfig: modelConfig && resolve(modelConfig),
  };
}

/** The tokenizer of a single file, which is looked at first, or null where its config has one. */
async function tokenizerFor(
  path: string,
  tokenizer: string | null,
  config: string | null,
  fetch: ResolveOptions,
): Promise<ResolvedModel | null> {
  await requireModelFile(path);
  if (tokenizer === null && config !== null) return null;
  return resolveTokenizer(tokenizer ?? clipTokenizer, fetch).catch((cause: Error) => {
    if (tokenizer !== null || cause.name === 'AbortError') throw cause;
    throw new Error(
      `${path} is a single file, which has no tokenizer, and CLIP's could not be fetched: ${cause.message}\n` +
        "Or give a tokenizer's folder: the 'tokenizer' of any Stable Diffusion folder has the same words.",
      { cause },
    );
  });
}

/** What the config of a run says of its model, as `openModel` takes it. */
export function modelOptionsOf(config: ModelNames & Required<Pick<OpenModelOptions, 'predictionType'>>): ModelOptions {
  const { variant, tokenizer, predictionType, modelConfig } = config;
  return { variant, tokenizer, predictionType, modelConfig };
}
