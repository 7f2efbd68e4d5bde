import { z } from 'zod';
import { command } from '../cli/command.js';
import { offlineField } from '../config/model-fields.js';

export const rewardExport = command({
  summary: "Write a scorer's network as an ONNX model.",
  description:
    'Standard operators only, float32 inputs pixel_values (batch, 3, size, size), int64 input_ids where it reads prompts; output score (batch). ' +
    'docs/scorers.md says how pictures and prompts are prepared for it.',
  example: [
    'reward export --scorer pickscore --output pickscore.onnx',
    'reward export --scorer aesthetic --batch 8 --output a.onnx',
  ],
  options: z.object({
    scorer: z.string().min(1).describe('name or name:argument'),
    output: z
      .string()
      .regex(/\.onnx$/, 'a name that ends in .onnx')
      .describe('file to write'),
    batch: z.int().positive().default(1).describe('pictures that the model takes at once'),
    offline: offlineField,
  }),
  async run({ scorer, output, batch, offline }, out) {
    const { exportScorer } = await import('../reward/export-scorer.js');
    const { scorerOptions } = await import('../cli/scorer-options.js');
    const files = await exportScorer(scorer, output, scorerOptions({ batch, offline }, out));
    out.result({ files }, `Wrote ${files.join(' and ')}`);
    return undefined;
  },
});
