import { deviceNames } from '@bradley/runtime';
import { z } from 'zod';
import { command } from '../cli/command.js';
import { offlineField } from '../config/model-fields.js';
import { threadsField } from '../config/threads-field.js';

export const rewardScore = command({
  summary: 'Score pictures by reward models, rules or judges.',
  description:
    'Pictures are a folder (with images.jsonl, with a .txt beside each, or with --prompt), a list of {"file", "prompt"}, or comparisons. ' +
    'Scores are kept in the cache: the same command goes on where it was stopped. `reward list` names the scorers.',
  example: [
    'reward score --scorer pickscore,aesthetic --images out --output scores.jsonl',
    'reward score --scorer colourfulness --images photos --prompt "a street"',
    'reward score --scorer hps-v2.1:models/HPS_v2.1_compressed.pt --images out/images.jsonl --output scores.csv',
  ],
  options: z.object({
    scorer: z.array(z.string().min(1)).min(1).describe('name or name:argument; several, separated by commas'),
    images: z.string().min(1).describe('folder of pictures, list of them, or comparisons'),
    prompt: z.string().min(1).nullable().default(null).describe('of all pictures in a folder that says none'),
    output: z
      .string()
      .regex(/\.(jsonl|csv)$/, 'a name that ends in .jsonl or .csv')
      .optional()
      .describe('file to write the scores to: .jsonl or .csv'),
    batch: z.int().positive().optional().describe("pictures in a forward pass; none is the scorer's own"),
    device: z.enum(deviceNames).default('cpu').describe('where to compute'),
    threads: threadsField.optional().describe(threadsField.description ?? ''),
    offline: offlineField,
  }),
  async run({ scorer, images, prompt, output, batch, device, threads, offline }, out) {
    const { scorePictures } = await import('../reward/score-pictures.js');
    const { formatScores } = await import('../reward/format-scores.js');
    const { countProgress } = await import('../cli/count-progress.js');
    const { scorerOptions } = await import('../cli/scorer-options.js');
    const controller = new AbortController();
    const interrupt = (): void => controller.abort(new Error('stopped; the same command goes on from here'));
    process.once('SIGINT', interrupt);
    const count = countProgress(out);
    try {
      const scored = await scorePictures({
        scorers: scorer.join(','),
        images,
        prompt,
        ...(output === undefined ? {} : { output }),
        opening: scorerOptions({ device, offline, batch, threads, signal: controller.signal }, out),
        onProgress: ({ done, kept, total }) => count('pictures', done, total, kept),
        signal: controller.signal,
      });
      out.status('');
      out.result(scored, `${formatScores(scored)}${output === undefined ? '' : `\nWrote ${output}`}`);
    } finally {
      process.off('SIGINT', interrupt);
    }
    return undefined;
  },
});
