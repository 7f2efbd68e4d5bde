import type { Case, RunResult, UnsupportedRun } from './case.js';
import { endToEndCases } from './end-to-end.js';
import { loraFilesCase, loraNamesCase } from './lora-files.js';
import { modelCases } from './models.js';
import { diffusionDpoCase, mapoCase } from './objectives.js';
import { optimCase } from './optimizers.js';
import { rankDpoCase } from './rank-dpo.js';
import { rewardObjectivesCase } from './reward-objectives.js';
import { schedulerCases } from './schedulers.js';
import { singleFileCase } from './single-file.js';
import { tokenizerCase } from './tokenizer.js';

export type CaseKind = (of: Case) => Promise<(RunResult | UnsupportedRun)[]>;

/** Which check a case gets, by the beginning of its name; the first that fits. A case that nothing fits is unsupported. */
export const kinds: readonly (readonly [prefix: string, kind: CaseKind])[] = [
  ['unet_', modelCases.unet],
  ['vae', modelCases.vae],
  ['clip_text_proj', modelCases.clipTextWithProjection],
  ['clip_text', modelCases.clipText],
  ['clip_full', modelCases.clip],
  ['blip_reward', modelCases.blipReward],
  ['lora_unet', modelCases.loraUnet],
  ['lora_interop_files', loraFilesCase],
  ['lora_key_names', loraNamesCase],
  ['obj_diffusion_dpo', diffusionDpoCase],
  ['obj_mapo', mapoCase],
  ['obj_reward_model', rewardObjectivesCase],
  ['obj_formula_only', rankDpoCase],
  ['e2e_sd15_dpo', endToEndCases.diffusionDpo],
  ['e2e_sdxl_mapo', endToEndCases.mapo],
  ['sched_ddpm', schedulerCases.ddpm],
  ['sched_tables', schedulerCases.tables],
  ['sched_sampling', schedulerCases.sampling],
  ['optim', optimCase],
  ['tok_clip', tokenizerCase],
  ['single_file_names', singleFileCase],
];

/** Kinds that are computed on the host alone: on another device there is nothing to check of them. */
export const onHost: readonly string[] = ['sched_', 'tok_', 'lora_key_names', 'single_file_names'];
