import { imageRewardConfigSchema, openImageReward, openPart } from '@bradley/models';
import { serve } from '../serve.js';
import { workerOptions } from './options.js';
import { syntheticPictures, syntheticPrompts } from './synthetic-pairs.js';

/** Rewards of pictures for a prompt each, by the networks of ImageReward. */
const { model, batch, session } = workerOptions();
const part = await openPart(model, imageRewardConfigSchema);
const scorer = openImageReward(part, { ...session, batch });
const pictures = syntheticPictures(batch, part.config.vision.image_size);
const prompts = syntheticPrompts(batch, scorer.textLength, part.config.text.vocab_size);
await serve(
  async () => {
    const states = await scorer.encodeImages(pictures);
    const pairs = prompts.map((inputIds, i) => ({
      inputIds,
      attentionMask: inputIds.map(() => 1),
      states: states[i] as Float32Array,
    }));
    return (await scorer.rewards(pairs))[0] as number;
  },
  { threads: session.threads },
);
