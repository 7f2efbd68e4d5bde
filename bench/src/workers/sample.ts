import { openDiffusionModel, openImageSampler } from '@bradley/models';
import { serve } from '../serve.js';
import { workerOptions } from './options.js';

/** Images from prompts whose embeddings are kept: 20 DDIM steps with classifier-free guidance, then the VAE's decoder. */
const { model, batch, session } = workerOptions();
const sampler = await openImageSampler(await openDiffusionModel(model), { ...session, batch });
const prompts = Array.from({ length: batch }, (_, i) => `${i}`);
let next = 0;
await serve(
  async () => {
    const seeds = prompts.map(() => next++);
    await sampler.sample({ prompts, seeds, steps: 20, guidance: 7.5, sampler: 'ddim' });
    return null;
  },
  { threads: session.threads, steps: 20, guidance: 7.5 },
);
