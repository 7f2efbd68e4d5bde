import { z } from 'zod';
import { generatorKind } from './generator-kind.js';
import { runProgram } from './run-program.js';

const settings = z.strictObject({
  command: z
    .array(z.string().min(1))
    .min(1)
    .describe('program and arguments: {"prompt", "seed"} comes to its input, a picture file leaves its output'),
  timeout: z
    .number()
    .positive()
    .max(86_400)
    .default(600)
    .describe('seconds for one picture, after which the program and all that it started are killed'),
});

/** Any program: it is started for each picture, in the working directory, without a shell and without the job's token. */
export const commandGenerator = generatorKind({
  summary: 'a program that is given prompt and seed and gives a picture',
  settings,
  immaterial: ['timeout'],
  given: false,
  pin: async () => ({}),
  open: async ({ command, timeout }) => ({
    draw(prompt, seed) {
      const { BRADLEY_SYNPIC_TOKEN: _, ...env } = process.env; // the worker's, to hand in results
      return runProgram(command, { input: `${JSON.stringify({ prompt, seed })}\n`, env, seconds: timeout });
    },
    release: async () => {},
  }),
  describe: ({ command }) => ({ model: command.join(' ') }),
});
