import type { Case, RunResult } from './case.js';
import { modelCases } from './models.js';
import { diffusionDpoCase, mapoCase } from './objectives.js';

export type CaseKind = (of: Case) => Promise<RunResult[]>;

/** Which check a case gets, by the beginning of its name; the first that fits. A case that nothing fits is unsupported. */
export const kinds: readonly (readonly [prefix: string, kind: CaseKind])[] = [
  ['unet_', modelCases.unet],
  ['vae', modelCases.vae],
  ['clip_text_proj', modelCases.clipTextWithProjection],
  ['clip_text', modelCases.clipText],
  ['lora_unet', modelCases.loraUnet],
  ['obj_diffusion_dpo', diffusionDpoCase],
  ['obj_mapo', mapoCase],
];
