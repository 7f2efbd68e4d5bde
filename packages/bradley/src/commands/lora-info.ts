import { z } from 'zod';
import { command } from '../cli/command.js';

export const loraInfo = command({
  summary: 'Say what a LoRA file holds.',
  description:
    'Layout, layers with rank, alpha and the norm of their update, the model that it can be for, and its metadata. ' +
    'Reads the files of diffusers, PEFT, kohya-ss and ComfyUI.',
  example: ['lora info taste.safetensors', 'lora info taste.safetensors --json'],
  positional: ['file'],
  options: z.object({
    file: z.string().min(1).describe('LoRA file'),
    layers: z.boolean().default(false).describe('list every layer'),
  }),
  async run({ file, layers }, out) {
    const { describeLora } = await import('../lora/lora-files.js');
    const { formatLora } = await import('../lora/format-lora.js');
    const described = await describeLora(file);
    out.result(described, formatLora(described, layers));
    return undefined;
  },
});
