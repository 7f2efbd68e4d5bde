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
 * @throws Error with what the program said, where it fails, gives nothing or takes too long
 */
export async function runProgram(command: readonly string[], options: ProgramOptions): Promise<Uint8Array> {
  listen(); // before it is there: a signal may come at once
  try {
    return await outputOf(command, options);
  } finally {
    unlisten();
  }
}

async function outputOf(
  [program = '', ...parameters]: readonly string[],
  { input, env, seconds }: ProgramOptions,
): Promise<Uint8Array> {
  const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'pipe'], env, detached: true });
  const { pid } = child; // none where it cannot be started
  if (pid !== undefined) groups.add(pid);
  const output: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => output.push(part));
  child.stderr.on('data', (part: Buffer) => complaints.push(part));
  child.stdin.on('error', () => {}); // it may not read
  child.stdin.end(input);
  let timer: NodeJS.Timeout | undefined;
  const ended = await new Promise<{ code: number | string } | 'late'>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`${program} cannot be started: ${cause.message}`, { cause })));
    child.once('close', (status, signal) => resolve({ code: status ?? signal ?? 'unknown' }));
    timer = setTimeout(() => resolve('late'), 1000 * seconds);
  }).finally(() => {
    clearTimeout(timer);
    if (pid !== undefined) groups.delete(pid);
  });
  const said = (): string => Buffer.concat(complaints).toString('utf8').trim().slice(-500) || 'it said nothing';
  if (ended === 'late') {
    if (pid !== undefined) killGroup(pid);
    for (const stream of [child.stdout, child.stderr]) stream.destroy(); // who has left the group may hold them open
    throw new Error(`${program} did not end within ${seconds} seconds, its timeout, and was killed: ${said()}`);
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
