import { mean } from '@bradley/graph';
import { z } from 'zod';
import { meanSquaredError } from './errors.js';
import { type Denoising, objective } from './objective.js';

/**
 * Supervised fine-tuning on the chosen side only: ℒ = mean ‖target − prediction‖², the baseline of every preference method
 * (train.py of Diffusion-DPO with `--sft`).
 */
export const sft = objective({
  name: 'sft',
  needs: { prediction: 'denoising', group: 'one', reference: false },
  usesTies: false,
  options: z.object({}),
  loss({ policy, target }: Denoising) {
    return { loss: mean(meanSquaredError(policy, target)), metrics: {} };
  },
});
