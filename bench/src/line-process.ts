import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/** How to start one side of a comparison. */
export interface Command {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * A process that does one unit of work for each line it is sent. It says it is ready with a JSON line, answers every line
 * with one, and gives its peak memory in one when its input ends.
 */
export interface LineProcess {
  readonly pid: number;
  /** What it said about itself. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** From the start of the process until it was ready. */
  readonly startSeconds: number;
  ask(): Promise<Answer>;
  /** Ends its input and waits for its end: its peak, the high-water mark of resident memory in MiB. */
  finish(): Promise<number>;
  kill(): void;
}

const readySchema = z.looseObject({ ready: z.literal(true) });
const answerSchema = z.object({ seconds: z.number().nonnegative(), loss: z.number().nullable() });
const peakSchema = z.object({ peak_mb: z.number().positive() });

export type Answer = z.infer<typeof answerSchema>;

/**
 * Starts the process and waits until it is ready. Its end of input comes with ours: it does not outlive this process.
 *
 * @throws Error with the last words of its standard error when it ends early, says something else, or takes longer than
 * `timeoutSeconds` over one answer.
 */
export async function startLineProcess(command: Command, timeoutSeconds: number): Promise<LineProcess> {
  const began = performance.now();
  const child = spawn(command.file, command.arguments, { env: command.env, stdio: 'pipe' });
  const title = [command.file, ...command.arguments].join(' ');
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-2000);
  });
  child.stdin.on('error', () => {}); // it ended early: the missing answer says so
  const closed = new Promise((resolve) => child.once('close', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const unstartable = new Promise<never>((_, reject) => {
    child.once('error', (error) => reject(new Error(`${title}: could not start: ${error.message}`)));
  });
  unstartable.catch(() => {});

  async function next<T>(schema: z.ZodType<T>, expected: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${title}: no ${expected} within ${timeoutSeconds} s`)),
        timeoutSeconds * 1000,
      );
    });
    try {
      const line = await Promise.race([lines.next(), late, unstartable]);
      if (line.done) throw new Error(`${title}: ended before its ${expected}\n${complaint.trim()}`);
      const parsed = schema.safeParse(parseJson(line.value));
      if (!parsed.success) throw new Error(`${title}: expected ${expected}, found the line ${line.value}`);
      return parsed.data;
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  const ready = await next(readySchema, 'ready line');
  const startSeconds = (performance.now() - began) / 1000;
  return {
    pid: child.pid as number,
    ready,
    startSeconds,
    ask() {
      child.stdin.write('\n');
      return next(answerSchema, 'answer {"seconds", "loss"}');
    },
    async finish() {
      child.stdin.end();
      const { peak_mb } = await next(peakSchema, 'last line {"peak_mb"}');
      await closed;
      return peak_mb;
    },
    kill: () => child.kill('SIGKILL'),
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
