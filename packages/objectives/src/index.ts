export { diffusionDpo } from './diffusion-dpo.js';
export { meanSquaredError } from './errors.js';
export { mapo, mapoV2 } from './mapo.js';
export type { Denoising, DenoisingPair, Group, Needs, Objective, ObjectiveOutput, Sides } from './objective.js';
export { sft } from './sft.js';
export { type ObjectiveName, objectiveNamed, objectives } from './table.js';
