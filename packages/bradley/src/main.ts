import { createRequire } from 'node:module';
import { runCli } from './cli/run-cli.js';
import { commandTable } from './commands/table.js';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0); // the reader, such as `head`, has had enough
});
const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
process.exitCode = await runCli(process.argv.slice(2), { ...commandTable, version }, process);
