import { spawn } from 'node:child_process';

export interface ProgramOptions {
  readonly input: string;
  readonly env: NodeJS.ProcessEnv;
  /** After so many it is killed, with all that it has started. */
  readonly seconds: number;
}

/**
 * Runs a program to its end, without a shell, and returns its output. It has a process group of its own, which ends with this process
 * unless that is killed outright.
 * @throws Error with what the program said, where it fails, gives nothing or far too much, or takes too long
 */
export async function runProgram(command: readonly string[], options: ProgramOptions): Promise<Uint8Array> {
  listen(); // before it is there: a signal may come at once
  try {
    return await outputOf(command, options);
  } finally {
    unlisten();
  }
}

/** As much as a picture that an arena takes. One that writes on and on would fill the worker's memory. */
const mostBytes = 64 * 2 ** 20;

/** Of what it complains the end is shown. */
const complaintBytes = 4096;

async function outputOf(
  [program = '', ...parameters]: readonly string[],
  { input, env, seconds }: ProgramOptions,
): Promise<Uint8Array> {
  const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'pipe'], env, detached: true });
  const { pid } = child; // none where it cannot be started
  if (pid !== undefined) groups.add(pid);
  const output: Buffer[] = [];
  let bytes = 0;
  let complaints: Buffer = Buffer.alloc(0);
  child.stderr.on('data', (part: Buffer) => {
    complaints = Buffer.concat([complaints, part]).subarray(-complaintBytes);
  });
  child.stdin.on('error', () => {}); // it may not read
  child.stdin.end(input);
  let timer: NodeJS.Timeout | undefined;
  const ended = await new Promise<{ code: number | string } | { because: string }>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`${program} cannot be started: ${cause.message}`, { cause })));
    child.once('close', (status, signal) => resolve({ code: status ?? signal ?? 'unknown' }));
    child.stdout.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes <= mostBytes) output.push(part);
      else resolve({ because: `gave more than ${mostBytes / 2 ** 20} MiB` });
    });
    timer = setTimeout(
      () => resolve({ because: `did not end within ${seconds} seconds, its timeout,` }),
      1000 * seconds,
    );
  }).finally(() => {
    clearTimeout(timer);
    if (pid !== undefined) groups.delete(pid);
  });
  const said = (): string => complaints.toString('utf8').trim().slice(-500) || 'it said nothing';
  if ('because' in ended) {
    if (pid !== undefined) killGroup(pid);
    for (const stream of [child.stdout, child.stderr]) stream.destroy(); // who has left the group may hold them open
    throw new Error(`${program} ${ended.because} and was killed: ${said()}`);
  }
  const given = Buffer.concat(output);
  if (ended.code === 0 && given.length > 0) return given;
  throw new Error(`${program} ended with ${ended.code}${given.length === 0 ? ' and gave no picture' : ''}: ${said()}`);
}

/** The process groups of programs that run. A terminal's Ctrl-C does not reach them. */
const groups = new Set<number>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

let running = 0;

function listen(): void {
  if (running++ > 0) return;
  // First of all who listen: of one who does so once, nothing is left to see after its turn.
  for (const signal of signals) process.prependListener(signal, endWithThem);
  process.on('exit', killGroups);
}

function unlisten(): void {
  if (--running > 0) return;
  for (const signal of signals) process.off(signal, endWithThem);
  process.off('exit', killGroups);
}

/** Ends this process as the signal would, its programs first; nothing where somebody else here decides what becomes of the signal. */
function endWithThem(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  killGroups();
  process.off(signal, endWithThem);
  process.kill(process.pid, signal);
}

function killGroups(): void {
  for (const group of groups) killGroup(group);
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // all of it has ended
  }
}
