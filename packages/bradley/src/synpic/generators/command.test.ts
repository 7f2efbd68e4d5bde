import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifyProcess } from '@bradley/formats';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { commandGenerator } from './command.js';

afterEach(() => vi.unstubAllEnvs());

/** A shell's program that hangs and does not mind being asked to end, with one that it has started; it says their pids. */
const program = (saidTo: string) => `trap "" TERM INT; sleep 600 & echo "$$ $!" >${saidTo}; wait`;

const drawnBy = async (settings: object): Promise<string> => {
  const opened = await commandGenerator.open(commandGenerator.settings.parse(settings), {});
  return Buffer.from(await opened.draw('a cat', 7)).toString();
};

describe('a program that draws', () => {
  it('is given prompt and seed, and the environment but for the token of the job', async () => {
    vi.stubEnv('BRADLEY_SYNPIC_TOKEN', 'secret');
    vi.stubEnv('OF_THE_PROGRAM', 'its own');
    const echoing = `const { BRADLEY_SYNPIC_TOKEN = 'none', OF_THE_PROGRAM } = process.env;
      process.stdin.on('data', (input) => process.stdout.write(input + BRADLEY_SYNPIC_TOKEN + ' ' + OF_THE_PROGRAM));`;
    const said = await drawnBy({ command: [process.execPath, '-e', echoing] });
    expect(said).toBe('{"prompt":"a cat","seed":7}\nnone its own');
  });

  it.each<[string, string[], RegExp]>([
    ['is not there', ['/nowhere/program'], /^\/nowhere\/program cannot be started: .*ENOENT/],
    ['fails', ['sh', '-c', 'echo no ink >&2; exit 3'], /^sh ended with 3 and gave no picture: no ink$/],
    ['gives nothing', ['true'], /^true ended with 0 and gave no picture: it said nothing$/],
  ])('and %s is named, with what it said', async (_, command, message) => {
    await expect(drawnBy({ command })).rejects.toThrow(message);
  });

  it('has ten minutes where its settings say nothing', () =>
    expect(commandGenerator.settings.parse({ command: ['x'] })).toEqual({ command: ['x'], timeout: 600 }));

  it('and hangs is killed at its timeout, with all that it has started', async () => {
    const { message } = await drawnBy({ command: ['sh', '-c', program('&2')], timeout: 2 }).then(
      () => expect.fail('it ended'),
      (error: Error) => error,
    );
    const [, ...pids] =
      /^sh did not end within 2 seconds, its timeout, and was killed: (\d+) (\d+)$/.exec(message) ?? [];
    expect(pids).toHaveLength(2);
    for (const pid of pids) await expect.poll(() => identifyProcess(Number(pid))).toBeNull();
  });

  it('and writes on and on is killed before it fills the memory, and only the end of a long complaint is kept', async () => {
    const command = ['sh', '-c', 'head -c 20000000 /dev/zero >&2; echo too much >&2; exec yes'];
    const before = process.memoryUsage().rss;
    await expect(drawnBy({ command })).rejects.toThrow(/^sh gave more than 64 MiB and was killed: .*too much$/s);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 2 ** 20);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with its worker at %s', async (signal) => {
    const folder = await mkdtemp(join(tmpdir(), 'command-'));
    const file = join(folder, 'pids');
    const built = new URL('../../../dist/synpic/generators/command.js', import.meta.url).href;
    const script = `
      const { commandGenerator } = await import(${JSON.stringify(built)});
      const command = ${JSON.stringify(['sh', '-c', program('"$0.part"; mv "$0.part" "$0"'), file])};
      const opened = await commandGenerator.open({ command, timeout: 600 }, {});
      await opened.draw('a cat', 7);`;
    const worker = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    const ended = once(worker, 'exit');
    const pids = await vi.waitFor(async () => (await readFile(file, 'utf8')).trim().split(' ').map(Number), 120_000);
    expect(pids).toHaveLength(2);
    worker.kill(signal);
    expect(await ended).toEqual([null, signal]);
    for (const pid of pids) await expect.poll(() => identifyProcess(pid)).toBeNull();
    await rm(folder, { recursive: true });
  });
});
