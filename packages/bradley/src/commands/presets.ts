import { z } from 'zod';
import { command } from '../cli/command.js';
import { presetNames, presetSummary, readPreset } from '../config/presets.js';

export const presets = command({
  summary: 'List the settings that papers used, or show those of one.',
  description:
    'A preset is a run file without model, data and output. A run file stands over it, and flags over both: what a run was ' +
    'trained with is in its run.yaml.',
  example: [
    'presets',
    'presets sd15-diffusion-dpo-small-data',
    'train --preset sd15-diffusion-dpo-small-data --model sd15 --data choices.jsonl --output runs/mine',
  ],
  positional: ['name'],
  options: z.object({ name: z.enum(presetNames).optional().describe('preset to show, with its comments') }),
  async run({ name }, out) {
    if (name !== undefined) {
      const preset = await readPreset(name);
      out.result(preset, preset.text.trimEnd());
      return undefined;
    }
    for (const each of presetNames) out.row({ name: each, summary: presetSummary(await readPreset(each)) });
    return undefined;
  },
});
