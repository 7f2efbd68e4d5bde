import { CommanderError } from 'commander';
import { ConfigError } from '../config/load-run-config.js';
import { flagSpelling } from './flags.js';
import { createOut } from './output.js';
import { buildProgram, type Chosen, type CommandTable, type Streams } from './program.js';
import { readCommandLine } from './read-command-line.js';
import { UsageError } from './usage-error.js';

/** Done; it failed; it was asked for wrongly, and nothing was begun. */
export type ExitCode = 0 | 1 | 2;

/** Runs a command line (without `node` and the script). Errors are told on stderr, not thrown. */
export async function runCli(argv: readonly string[], table: CommandTable, streams: Streams): Promise<ExitCode> {
  let chosen: Chosen | null = null;
  let verbose = (process.env.BRADLEY_DEBUG ?? '') !== '';
  try {
    const program = buildProgram(table, streams, (found) => {
      chosen = found;
    });
    if (argv.length === 0) program.help();
    program.parse(argv.map(flagSpelling), { from: 'user' });
    if (chosen === null) return 2;
    const { options, overrides, ...switches } = readCommandLine(chosen);
    verbose ||= switches.verbose;
    const ended = await (chosen as Chosen).command.run(options, createOut(switches, streams), overrides);
    return ended === 'failed' ? 1 : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has written its own message
    const name = chosen === null ? 'bradley' : `bradley ${(chosen as Chosen).name}`;
    streams.stderr.write(`${name}: ${messageOf(error, verbose)}\n`);
    return error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
  }
}

function messageOf(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return String(error);
  if (!verbose) return error.message;
  const cause = error.cause === undefined ? '' : `\ncaused by ${messageOf(error.cause, true)}`;
  return `${error.stack ?? error.message}${cause}`;
}
