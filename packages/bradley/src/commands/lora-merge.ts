import { z } from 'zod';
import { command } from '../cli/command.js';
import { modelField, offlineField, singleFileFields, variantField } from '../config/model-fields.js';

export const loraMerge = command({
  summary: 'Write a model with LoRAs in its weights.',
  description:
    'The model keeps the layout and element types that it has. One tensor is read, changed and written at a time, so that any ' +
    'model fits in memory; the folder appears whole or not at all.',
  example: [
    'lora merge --model models/emoji --lora runs/quickstart/pytorch_lora_weights.safetensors --output merged',
    'lora merge --model path/to/sdxl --lora taste.safetensors:0.8,style.safetensors:0.5 --output merged',
  ],
  options: z.object({
    model: modelField,
    variant: variantField,
    ...singleFileFields,
    offline: offlineField,
    lora: z.array(z.string().min(1)).min(1).describe('LoRA file, or file:strength; several add up'),
    output: z.string().min(1).describe('folder to write, or file where the model is one; it must not exist'),
  }),
  async run({ model: name, variant: asked, tokenizer, predictionType, modelConfig, offline, lora, output }, out) {
    const { fetchModel } = await import('../cli/fetch-model.js');
    const { openModel } = await import('../open-model.js');
    const { mergeLoraFiles } = await import('../lora/lora-files.js');
    const { parseLoraUse } = await import('../lora/use-lora.js');
    const loras = lora.map(parseLoraUse);
    const { path, variant } = await fetchModel(name, { variant: asked, offline }, out);
    const opened = await openModel(path, { variant, tokenizer, predictionType, modelConfig, offline });
    const { weights, saysOrigin } = await mergeLoraFiles(opened, loras, output, {
      onTensor: (done, total) => out.status(`${done} of ${total} weights`),
    });
    if (!saysOrigin)
      out.note(
        'Not all of them say what they learnt from, so the merged model says it in part: an evaluation cannot check all of its judges.',
      );
    out.result({ output, weights, saysOrigin }, `Wrote ${output}: ${weights} weights changed.`);
    return undefined;
  },
});
