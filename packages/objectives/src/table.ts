import { diffusionDpo } from './diffusion-dpo.js';
import { mapo, mapoV2 } from './mapo.js';
import type { Objective } from './objective.js';
import { rankDpo } from './rank-dpo.js';
import { sft } from './sft.js';
import { weightedSft } from './weighted-sft.js';

/** Every objective, by the name that a run's config gives. */
export const objectives = {
  'diffusion-dpo': diffusionDpo,
  mapo,
  'mapo-v2': mapoV2,
  'rank-dpo': rankDpo,
  sft,
  'weighted-sft': weightedSft,
} as const satisfies Record<string, unknown>;

export type ObjectiveName = keyof typeof objectives;

/** The objective of that name. */
export function objectiveNamed(name: string): Objective {
  if (!(name in objectives))
    throw new RangeError(`there is no objective '${name}'; the objectives are ${Object.keys(objectives).join(', ')}`);
  return objectives[name as ObjectiveName] as Objective;
}
