import type { LoraLayoutName } from '@bradley/formats';
import { z } from 'zod';
import { command } from '../cli/command.js';

/** Whose names each layout has. Not asked of the package, which takes long to load. */
const readers: Readonly<Record<LoraLayoutName, string>> = {
  diffusers: 'diffusers and PEFT',
  kohya: 'A1111, ComfyUI, and sd-scripts for SD 1.x and 2.x',
  'kohya-ldm': 'A1111, ComfyUI, diffusers and sd-scripts for SDXL',
  comfyui: "ComfyUI's own",
};
const names = Object.keys(readers) as LoraLayoutName[];

export const loraConvert = command({
  summary: 'Write a LoRA file in the layout of another program.',
  description: `${names.map((name) => `${name}: ${readers[name]}.`).join(' ')} The layout of the file that is read is told by its names.`,
  example: [
    'lora convert pytorch_lora_weights.safetensors --to kohya --output taste.safetensors',
    'lora convert taste.safetensors --to diffusers --output pytorch_lora_weights.safetensors',
  ],
  positional: ['file'],
  options: z.object({
    file: z.string().min(1).describe('LoRA file'),
    to: z.enum(names).describe('layout to write'),
    output: z.string().min(1).describe('file to write; it must not exist'),
    model: z
      .string()
      .min(1)
      .optional()
      .describe('model that it is for; needed only where its sizes are not those of SD 1.x, 2.x or SDXL'),
  }),
  async run({ file, to, output, model }, out) {
    const { openModel } = await import('../open-model.js');
    const { convertLora } = await import('../lora/lora-files.js');
    const { from, layers } = await convertLora(file, output, to, model === undefined ? null : await openModel(model));
    out.result({ file, from, to, output, layers }, `Wrote ${output}: ${layers} layers, from ${from} to ${to} names.`);
    return undefined;
  },
});
