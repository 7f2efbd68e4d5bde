import { openDiffusionModel, openImageSampler } from '@bradley/models';
import { serve } from '../serve.js';
import { workerOptions } from './options.js';

/** From a model folder to a first image of one step. The libraries are imported before the clock starts. */
const { model, batch, session } = workerOptions();
const prompts = Array.from({ length: batch }, (_, i) => `${i}`);
await serve(
  async () => {
    const sampler = await openImageSampler(await openDiffusionModel(model), { ...session, batch });
    await sampler.sample({ prompts, seeds: prompts.map(Number), steps: 1, guidance: 7.5 });
    return null;
  },
  { threads: session.threads },
);
