import { tokenizerFiles } from './pipeline-files.js';
import { type Needs, type ResolvedModel, type ResolveOptions, resolveNamed } from './resolve-model.js';

/** The vocabulary of every Stable Diffusion 1, 2 and XL, which their single files lack: 3 MB. */
export const clipTokenizer = 'openai/clip-vit-large-patch14';

const tokenizer: Needs = {
  kind: 'tokenizer',
  advice: "Name another, or a tokenizer's folder here.",
  choose: tokenizerFiles,
};

/** Finds a tokenizer's folder as `resolveModel` finds a model: a local path, else a repository of which it fetches the tokenizer. */
export async function resolveTokenizer(name: string, options: ResolveOptions = {}): Promise<ResolvedModel> {
  return resolveNamed(name, { ...options, variant: null }, tokenizer);
}
