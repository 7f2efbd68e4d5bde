import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { encodePng, fromModelRange } from '@bradley/formats';
import { openImageSampler, requireSampling } from '@bradley/models';
import { z } from 'zod';
import { modelField, variantField } from '../../config/model-fields.js';
import { pictureFields } from '../../config/sampling-fields.js';
import { parseLoraUse, readSamplingAdapter } from '../../lora/use-lora.js';
import { openModel } from '../../open-model.js';
import { roomFor } from '../../sample-images.js';
import { generatorKind } from './generator-kind.js';

const settings = z.strictObject({
  model: modelField,
  variant: variantField,
  lora: z.array(z.string().min(1)).default([]).describe('LoRA files, or file:strength; several add up'),
  strength: z.number().default(1).describe('factor on all LoRAs'),
  ...pictureFields,
});

/** A model that Bradley samples from, as `bradley sample` does. */
export const modelGenerator = generatorKind({
  summary: 'a diffusion model, with or without LoRAs',
  settings,
  immaterial: [],
  given: false,
  async pin({ lora }) {
    const hashes = await Promise.all(lora.map((use) => sha256OfFile(parseLoraUse(use).path)));
    return Object.fromEntries(lora.map((use, i) => [use, hashes[i] as string]));
  },
  async open({ model: name, variant, lora, strength, steps, guidance, sampler, height, width }, { threads }) {
    const model = await openModel(name, { variant });
    requireSampling(model, sampler);
    const adapter = lora.length > 0 ? await readSamplingAdapter(model, lora.map(parseLoraUse), strength) : null;
    const opened = await openImageSampler(model, {
      ...(adapter ? roomFor(adapter) : {}),
      ...(height ? { height } : {}),
      ...(width ? { width } : {}),
      ...(threads ? { threads } : {}),
    });
    return {
      async draw(prompt, seed) {
        const chosen = sampler ? { sampler } : {};
        const [image] = await opened.sample({ prompts: [prompt], seeds: [seed], steps, guidance, adapter, ...chosen });
        if (!image) throw new Error(`${name} made no picture of "${prompt}"`);
        return encodePng(fromModelRange(image.data), image.width, image.height);
      },
      release: () => opened.release(),
    };
  },
  describe: ({ model, lora, strength, steps, guidance }) => ({
    ...{ model, steps, guidance },
    ...(lora.length > 0 ? { adapter: lora.join(' + ') + (strength === 1 ? '' : ` × ${strength}`) } : {}),
  }),
});

async function sha256OfFile(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
