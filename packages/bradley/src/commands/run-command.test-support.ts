import { runCli } from '../cli/run-cli.js';
import { commandTable } from './table.js';

/** Runs a command line of ours in this process: its exit code and what it wrote. */
export const run = (...argv: string[]) => runIn(commandTable, argv);

/** The same with other commands in the place of ours. */
export async function runIn(table: Parameters<typeof runCli>[1], argv: readonly string[]) {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({ write: (text: string) => (written[name] += text) });
  const streams = { stdout: stream('stdout'), stderr: stream('stderr') } as unknown as Parameters<typeof runCli>[2];
  return { code: await runCli(argv, table, streams), ...written };
}
