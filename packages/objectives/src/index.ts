export { diffusionDpo } from './diffusion-dpo.js';
export { errorOverReference, meanSquaredError } from './errors.js';
export { mapo, mapoV2 } from './mapo.js';
export {
  type Denoising,
  type DenoisingPair,
  type Group,
  type Needs,
  type Objective,
  type ObjectiveOutput,
  objective,
  type Reference,
  type Sides,
} from './objective.js';
export { sft } from './sft.js';
export { type ObjectiveName, objectiveNamed, objectives } from './table.js';
