import { z } from 'zod';
import { command } from '../cli/command.js';
import { UsageError } from '../cli/usage-error.js';

export const loraResize = command({
  summary: 'Write a LoRA file of lower rank.',
  description:
    "The best approximation of each layer's update by one of lower rank: its truncated singular value decomposition. Says how " +
    'much of the energy, the sum of squared singular values, each layer keeps.',
  example: [
    'lora resize taste.safetensors --rank 4 --output taste-4.safetensors',
    'lora resize taste.safetensors --energy 0.95 --output taste-small.safetensors',
  ],
  positional: ['file'],
  options: z.object({
    file: z.string().min(1).describe('LoRA file'),
    rank: z.int().positive().optional().describe('rank of every layer, at most'),
    energy: z.number().positive().max(1).optional().describe('share of the energy that every layer keeps, at least'),
    output: z.string().min(1).describe('file to write, in the same layout; it must not exist'),
    model: z
      .string()
      .min(1)
      .optional()
      .describe('model that it is for; needed only where its sizes are not those of SD 1.x, 2.x or SDXL'),
  }),
  async run({ file, rank, energy, output, model }, out) {
    const { openModel } = await import('../open-model.js');
    const { resizeLoraFile } = await import('../lora/lora-files.js');
    const { formatResized } = await import('../lora/format-lora.js');
    if ((rank === undefined) === (energy === undefined)) throw new UsageError('give either --rank or --energy');
    const target = rank === undefined ? { energy: energy as number } : { rank };
    const report = await resizeLoraFile(file, output, target, model === undefined ? null : await openModel(model));
    out.result({ output, layers: report }, `${formatResized(report)}\nWrote ${output}: ${report.length} layers.`);
    return undefined;
  },
});
