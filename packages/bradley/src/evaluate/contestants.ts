import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Origin } from '@bradley/evaluate';
import { loraLayoutNames, loraLayouts, openSafetensors } from '@bradley/formats';
import { listCheckpoints, readRunConfig, rewardFile } from '@bradley/train';
import { parseRunConfig } from '../config/load-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { type LoraUse, parseLoraUse } from '../lora/use-lora.js';
import { readLearntFrom } from '../run/learnt-from-file.js';
import { fullFile, fullFolder, loraFile } from '../run/write-result.js';
import { tables } from '../tables.js';
import { originOfLora, originOfModel, originOver } from './origin.js';

/** What draws a contestant's pictures: a model, and what is laid over it. */
export interface DrawnContestant {
  readonly name: string;
  readonly origin: Origin | null;
  /** The step of a checkpoint. */
  readonly step?: number;
  readonly model: string;
  readonly adapter:
    | { readonly kind: 'lora'; readonly use: LoraUse }
    | { readonly kind: 'checkpoint'; readonly path: string; readonly config: RunConfig }
    | null;
}

/**
 * The contestants that a spec names, over the base `model`: a LoRA file (`file` or `file:strength`), the folder of a run (what it
 * trained; of a LoRA `run:strength` too), `run/checkpoints` (each of its checkpoints), or another model by folder, file or name on the hub.
 * @throws Error for a run that has not trained anything yet
 */
export async function contestantsOf(spec: string, model: string): Promise<DrawnContestant[]> {
  const use = parseLoraUse(spec);
  if (await isLora(use.path)) return [await loraContestant(use, model)];
  if (basename(spec) === 'checkpoints' && (await isThere(join(dirname(spec), 'run.yaml'))))
    return checkpointsOf(dirname(resolve(spec)), model);
  if (await isThere(join(use.path, 'run.yaml'))) return [await resultOf(use, model)];
  return [{ name: nameOf(spec), origin: await originOfModel(spec), model: spec, adapter: null }];
}

/** The base: a model, which has learnt no preferences unless the folder of its run says so. */
export async function baseContestant(model: string): Promise<DrawnContestant> {
  const origin = (await originOfModel(model)) ?? { raters: [], prompts: [] };
  return { name: nameOf(model), origin, model, adapter: null };
}

/**
 * What the model under a LoRA had learnt is no difference between contestants over the same one. Against a base of another model it is
 * what the LoRA's contestant has learnt too.
 */
export async function againstBase(contestant: DrawnContestant, base: DrawnContestant): Promise<DrawnContestant> {
  const { adapter, model, origin } = contestant;
  if (adapter === null || resolve(model) === resolve(base.model)) return contestant;
  return { ...contestant, origin: await originOver(model, [origin]) };
}

/** Gives contestants of one name numbers, so that each has its own. */
export function distinctNames<C extends { readonly name: string }>(contestants: readonly C[]): C[] {
  const seen = new Map<string, number>();
  return contestants.map((of) => {
    const times = (seen.get(of.name) ?? 0) + 1;
    seen.set(of.name, times);
    return times === 1 ? of : { ...of, name: `${of.name} (${times})` };
  });
}

async function loraContestant(use: LoraUse, model: string): Promise<DrawnContestant> {
  const strength = use.strength === 1 ? '' : ` × ${use.strength}`;
  return {
    name: `${loraName(use)}${strength}`,
    origin: await originOfLora(use.path),
    model,
    adapter: { kind: 'lora', use },
  };
}

/** What a LoRA is called: its run, or its file without the ending. */
export const loraName = ({ path }: LoraUse): string =>
  basename(path) === loraFile ? basename(dirname(resolve(path))) : nameOf(path);

async function resultOf({ path: run, strength }: LoraUse, model: string): Promise<DrawnContestant> {
  if (await isThere(join(run, rewardFile)))
    throw new Error(`${run}: a run of bradley reward train, which draws nothing. It can judge: --judge reward:${run}.`);
  const lora = join(run, loraFile);
  if (await isThere(lora)) return loraContestant({ path: lora, strength }, model);
  for (const name of [fullFolder, fullFile]) {
    const path = join(run, name);
    if (strength !== 1 && (await isThere(path)))
      throw new Error(`${run}:${strength}: it trained all weights, which have no strength. Name ${run}.`);
    if (await isThere(path))
      return { name: basename(resolve(run)), origin: await originOfModel(path), model: path, adapter: null };
  }
  throw new Error(
    `${run} is a run that has trained nothing yet: it has neither ${loraFile} nor ${fullFolder}. Finish it first.`,
  );
}

async function checkpointsOf(run: string, model: string): Promise<DrawnContestant[]> {
  const config = parseRunConfig(await readRunConfig(run), join(run, 'run.yaml'), {}, tables);
  if (config.adapter.kind !== 'lora')
    throw new Error(`${run} trains all weights; checkpoints are evaluated of runs that train a LoRA.`);
  const checkpoints = await listCheckpoints(join(run, 'checkpoints'));
  if (checkpoints.length === 0) throw new Error(`${run} has no checkpoint: it keeps train.keep of them.`);
  const origin = await readLearntFrom(run);
  return checkpoints.map(({ path, manifest: { step } }) => ({
    name: `${basename(run)} step ${step}`,
    origin,
    step,
    model,
    adapter: { kind: 'checkpoint', path, config },
  }));
}

async function isLora(path: string): Promise<boolean> {
  if (!path.endsWith('.safetensors')) return false;
  if (!(await isThere(path))) return false;
  const names = [...(await openSafetensors(path)).tensors.keys()];
  return names.some((name) => loraLayoutNames.some((layout) => loraLayouts[layout].claims(name)));
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** What a model or LoRA is called by its path. */
export const nameOf = (path: string): string => basename(path.replace(/[/\\]+$/, '')).replace(/\.safetensors$/, '');
