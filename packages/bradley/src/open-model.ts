import { type ResolveOptions, resolveModel } from '@bradley/formats';
import { type DiffusionModel, openDiffusionModel } from '@bradley/models';

/** Opens a model by whatever names it: a local path, or its place on the Hugging Face hub, from where it is fetched first. */
export async function openModel(name: string, options: ResolveOptions = {}): Promise<DiffusionModel> {
  const { path, variant } = await resolveModel(name, options);
  return openDiffusionModel(path, { variant });
}
