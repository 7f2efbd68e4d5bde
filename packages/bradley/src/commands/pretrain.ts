import { z } from 'zod';
import { command } from '../cli/command.js';
import { threadsField } from '../config/threads-field.js';

export const pretrain = command({
  summary: 'Train a small text-to-image model from scratch by a recipe.',
  description:
    'Trains the autoencoder, then UNet and text encoder together in its latents, each a run of its own under --runs, and ' +
    'writes a diffusers folder. Killed or stopped, the same command goes on. Without --data, the emoji are drawn.',
  example: 'pretrain models/emoji/recipe.yaml --output runs/emoji/model',
  positional: ['recipe'],
  options: z.object({
    recipe: z.string().min(1).describe('recipe.yaml'),
    data: z.string().min(1).optional().describe('folder of pictures with captions.jsonl'),
    runs: z.string().min(1).default('runs/pretrain').describe('folder of the two runs'),
    output: z.string().min(1).describe('diffusers folder to write'),
    threads: threadsField.optional().describe(threadsField.description ?? ''),
  }),
  async run({ recipe, data, runs, output, threads }, out) {
    const { followPretraining } = await import('../cli/follow-pretraining.js');
    const { drawEmoji } = await import('../pretrain-model.js');
    const pictures = data ?? `${runs}/pictures`;
    if (data === undefined) out.note(`Drew ${await drawEmoji(pictures)} emoji in ${pictures}`);
    const finished = await followPretraining(
      { recipe, data: pictures, runs, output, ...(threads ? { threads } : {}) },
      out,
    );
    if (finished)
      out.result(
        { output },
        `Wrote ${output}\nTry it: npx bradley sample --model ${output} --prompt "dog face" --output out`,
      );
    else out.note('Stopped. The same command goes on.');
    return undefined;
  },
});
