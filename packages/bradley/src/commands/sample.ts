import { z } from 'zod';
import { command } from '../cli/command.js';
import { UsageError } from '../cli/usage-error.js';
import { modelField, offlineField, singleFileFields, variantField } from '../config/model-fields.js';
import { machineFields, pictureFields } from '../config/sampling-fields.js';
import { seedsField } from '../config/seeds-field.js';

export const sample = command({
  summary: 'Make pictures with a model, with or without a LoRA.',
  description:
    'Writes a PNG for each prompt and seed once, grid.png with the first 64, and images.jsonl that says which is which.',
  example: [
    'sample --model models/emoji --prompt "dog face" --prompt pizza --output out',
    'sample --model stable-diffusion-v1-5/stable-diffusion-v1-5 --prompt "a lighthouse at dusk" --guidance 7.5 --output out',
    'sample --model models/emoji --prompts prompts.txt --seeds 0,1 --output out',
    'sample --model models/emoji --prompt "dog face" --seeds 0..3 --lora runs/quickstart/pytorch_lora_weights.safetensors --output out',
  ],
  options: z.object({
    model: modelField,
    variant: variantField,
    ...singleFileFields,
    offline: offlineField,
    prompt: z
      .array(z.string())
      .default([])
      .describe('what to draw; several, separated by commas or by repeating the flag'),
    prompts: z
      .string()
      .min(1)
      .optional()
      .describe('more to draw: emoji, a .txt, .csv or .jsonl file, or a published list such as parti:PartiPrompts.tsv'),
    seeds: seedsField.default(['0']).describe('one picture a prompt for each: numbers, or 0..3'),
    lora: z
      .array(z.string().min(1))
      .optional()
      .describe('LoRA file of diffusers, kohya-ss or ComfyUI, or file:strength; several add up'),
    strength: z.number().default(1).describe('factor on all LoRAs; 0 is the base model'),
    ...pictureFields,
    batch: z.int().positive().default(1).describe('pictures that are made together'),
    ...machineFields,
    output: z.string().min(1).describe('folder to write to; without pictures of another sampling'),
  }),
  async run(
    {
      model: name,
      variant: asked,
      tokenizer,
      predictionType,
      modelConfig,
      offline,
      prompt,
      prompts: list,
      seeds,
      lora,
      device: wanted,
      ...options
    },
    out,
  ) {
    if (prompt.length === 0 && list === undefined)
      throw new UsageError('name what to draw: with --prompt, or with --prompts a file of them.');
    const { choosePrompts, promptsOf } = await import('../evaluate/prompts.js');
    const { seedsOf } = await import('../evaluate/seeds.js');
    const { fetchModel } = await import('../cli/fetch-model.js');
    const { requireNoPictures, sampleImages } = await import('../sample-images.js');
    const { parseLoraUse } = await import('../lora/use-lora.js');
    const loras = lora?.map(parseLoraUse);
    await requireNoPictures(options.output);
    const named = prompt.map((of) => ({ prompt: of }));
    const listed = list === undefined ? [] : (await promptsOf(list)).prompts;
    // A picture that is there twice would be compared with itself.
    const prompts = choosePrompts({ prompts: [...named, ...listed] }, null).map((of) => of.prompt);
    const { path: model, variant } = await fetchModel(name, { variant: asked, offline }, out);
    const { chooseDevice } = await import('@bradley/runtime');
    const { device, why } = await chooseDevice(wanted);
    if (wanted !== 'cpu') out.note(`Computing on ${device}: ${why}`);
    const { countProgress } = await import('../cli/count-progress.js');
    const count = countProgress(out);
    const onImage = (done: number, total: number): void => count('pictures', done, total);
    const written = await sampleImages({
      ...(options as Omit<Parameters<typeof sampleImages>[0], 'model' | 'prompts' | 'seeds' | 'lora'>),
      model,
      fetch: { variant, tokenizer, predictionType, modelConfig, offline },
      prompts,
      seeds: seedsOf(seeds),
      ...(loras ? { lora: loras } : {}),
      device,
      onImage,
      onMessage: (message) => out.note(message),
    });
    const { images, grid, inGrid } = written;
    const which = inGrid < images.length ? `the first ${inGrid}` : 'all';
    out.result(
      written,
      images.length === 1 ? `Wrote ${images[0]?.file}` : `Wrote ${images.length} pictures; ${which} of them: ${grid}`,
    );
    return undefined;
  },
});
