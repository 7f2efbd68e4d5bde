import { spawn } from 'node:child_process';
import { z } from 'zod';
import { generatorKind } from './generator-kind.js';

const settings = z.strictObject({
  command: z
    .array(z.string().min(1))
    .min(1)
    .describe('program and arguments: {"prompt", "seed"} comes to its input, a picture file leaves its output'),
  timeout: z.number().positive().max(86_400).default(600).describe('seconds after which it is ended, and has failed'),
});

/** Any program: it is started for each picture, in the working directory, without a shell and without the job's token. */
export const commandGenerator = generatorKind({
  summary: 'a program that is given prompt and seed and gives a picture',
  settings,
  given: false,
  pin: async () => ({}),
  open: async ({ command, timeout }) => ({
    draw: (prompt, seed) => runProgram(command, `${JSON.stringify({ prompt, seed })}\n`, timeout),
    release: async () => {},
  }),
  describe: ({ command }) => ({ model: command.join(' ') }),
});

/** @throws Error with what the program said, where it fails, gives nothing or takes longer than `timeout` seconds */
async function runProgram(
  [program = '', ...parameters]: readonly string[],
  input: string,
  timeout: number,
): Promise<Uint8Array> {
  const { BRADLEY_SYNPIC_TOKEN: _, ...env } = process.env; // the worker's, to hand in results
  const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'pipe'], env });
  const output: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => output.push(part));
  child.stderr.on('data', (part: Buffer) => complaints.push(part));
  child.stdin.on('error', () => {}); // it may not read
  child.stdin.end(input);
  let timer: NodeJS.Timeout | undefined;
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`${program} cannot be started: ${cause.message}`, { cause })));
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
    timer = setTimeout(() => {
      child.kill('SIGKILL');
      for (const stream of child.stdio) stream?.destroy(); // which programs of its own may still hold
      reject(new Error(`${program} was ended: it had not finished after ${timeout} s (timeout)`));
    }, 1000 * timeout);
  }).finally(() => clearTimeout(timer));
  const picture = Buffer.concat(output);
  if (code === 0 && picture.length > 0) return picture;
  const said = Buffer.concat(complaints).toString('utf8').trim().slice(-500);
  throw new Error(
    `${program} ended with ${code}${picture.length === 0 ? ' and gave no picture' : ''}: ${said || 'it said nothing'}`,
  );
}
