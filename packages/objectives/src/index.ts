export { type ContrastiveBatch, clipContrastive } from './clip-contrastive.js';
export { diffusionDpo } from './diffusion-dpo.js';
export { errorOverReference, meanSquaredError } from './errors.js';
export { mapo, mapoV2 } from './mapo.js';
export {
  type Denoising,
  type DenoisingPair,
  type DenoisingRanking,
  type Group,
  type Needs,
  type Objective,
  type ObjectiveOutput,
  objective,
  type Reference,
  type Sides,
} from './objective.js';
export { pairWeights, type RankWeighting, rankDpo } from './rank-dpo.js';
export { bradleyTerry } from './reward/bradley-terry.js';
export { bradleyTerryTies } from './reward/bradley-terry-ties.js';
export { pickscore } from './reward/pickscore.js';
export { type PairLabel, type ScoredPair, type ScoreObjective, scoreObjective } from './reward/score-objective.js';
export { scoreRegression } from './reward/score-regression.js';
export { type RewardObjectiveName, rewardObjectiveNamed, rewardObjectives } from './reward/table.js';
export { sft } from './sft.js';
export { type ObjectiveName, objectiveNamed, objectives } from './table.js';
export { weightedSft } from './weighted-sft.js';
