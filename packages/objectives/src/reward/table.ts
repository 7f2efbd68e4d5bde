import { bradleyTerry } from './bradley-terry.js';
import { bradleyTerryTies } from './bradley-terry-ties.js';
import { pickscore } from './pickscore.js';
import type { ScoreObjective } from './score-objective.js';
import { scoreRegression } from './score-regression.js';

/** Every objective of reward models, by the name that `reward train --loss` takes. */
export const rewardObjectives = {
  pickscore,
  'bradley-terry-ties': bradleyTerryTies,
  'bradley-terry': bradleyTerry,
  'score-regression': scoreRegression,
} as const satisfies Record<string, unknown>;

export type RewardObjectiveName = keyof typeof rewardObjectives;

/** The reward objective of that name. */
export function rewardObjectiveNamed(name: RewardObjectiveName): ScoreObjective {
  return rewardObjectives[name] as ScoreObjective;
}
