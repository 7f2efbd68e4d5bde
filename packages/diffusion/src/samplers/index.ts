import { z } from 'zod';
import { ddim } from './ddim.js';
import { ddpm } from './ddpm.js';
import { dpmSolverMultistep } from './dpm-solver-multistep.js';
import { euler } from './euler.js';
import { eulerAncestral } from './euler-ancestral.js';
import { flowMatchEuler } from './flow-match-euler.js';
import { heun } from './heun.js';
import { pndm } from './pndm.js';
import type { Sampler, SamplerKind } from './sampler.js';

/** Every sampler by its name. */
export const samplers = {
  ddpm,
  ddim,
  euler,
  'euler-ancestral': eulerAncestral,
  'dpm-solver-multistep': dpmSolverMultistep,
  heun,
  pndm,
  'flow-match-euler': flowMatchEuler,
} satisfies Record<string, SamplerKind>;

export type SamplerName = keyof typeof samplers;
export const samplerNames = Object.keys(samplers) as SamplerName[];

export interface ConfiguredSampler {
  readonly name: SamplerName;
  /** The configuration with every default filled in, in diffusers' keys. */
  readonly config: Readonly<Record<string, unknown>>;
  create(steps: number): Sampler;
}

/** A sampler by our name. Keys and defaults are those of its scheduler_config.json in diffusers. */
export function createSampler(name: SamplerName, params: Readonly<Record<string, unknown>>, steps: number): Sampler {
  return configure(name, params).create(steps);
}

/**
 * Refuses a sampler for a model whose prediction it does not take: it would draw noise.
 * @throws RangeError naming those that take it
 */
export function requirePrediction(name: SamplerName, prediction: string): void {
  const takes = (candidate: SamplerName): boolean => {
    const { prediction_type: field }: z.core.$ZodLooseShape = samplers[candidate].config.shape;
    return field !== undefined && z.safeParse(field, prediction).success;
  };
  if (!takes(name))
    throw new RangeError(
      `The sampler ${name} is not for a model that predicts ${prediction}. Choose one that is: ${samplerNames.filter(takes).join(', ')}.`,
    );
}

/**
 * The sampler of a diffusers scheduler_config.json, by its `_class_name`. Keys that the class does not read are ignored, as
 * published files carry those of other classes; a key of no class, an unsupported value or class is an error that lists all.
 */
export function fromDiffusersConfig(className: string, params: Readonly<Record<string, unknown>>): ConfiguredSampler {
  const name = samplerNames.find((candidate) => samplers[candidate].className === className);
  if (!name) {
    const known = samplerNames.map((candidate) => samplers[candidate].className).join(', ');
    throw new RangeError(`The scheduler class ${className} is not supported. Supported: ${known}.`);
  }
  return configure(name, params);
}

/** Read only by classes that are not built, or with features that are refused. */
const idleKeys = ['dynamic_thresholding_ratio', 'sample_max_value'];
const knownKeys = new Set([...samplerNames.flatMap((name) => Object.keys(samplers[name].config.shape)), ...idleKeys]);

function configure(name: SamplerName, params: Readonly<Record<string, unknown>>): ConfiguredSampler {
  const kind: SamplerKind = samplers[name];
  const unknown = Object.keys(params).filter((key) => !key.startsWith('_') && !knownKeys.has(key));
  const parsed = kind.config.safeParse(params);
  const problems = [
    ...unknown.map((key) => `${key}: no supported scheduler has this key`),
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${z.core.toDotPath(path)}: ${message}`),
  ];
  if (!parsed.success || problems.length > 0) {
    throw new RangeError(
      `The configuration of ${kind.className} cannot be used:\n  ${problems.join('\n  ')}\n` +
        'Correct scheduler_config.json, or choose another sampler.',
    );
  }
  return { name, config: parsed.data, create: (steps) => kind.create(parsed.data, steps) };
}
