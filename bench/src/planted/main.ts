import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { allocatorEnvironment } from '@bradley/train';

/** `npm run bench:planted`: whether a planted utility is found again in noisy choices, over five seeds; in a process that trains. */
const work = fileURLToPath(new URL('./planted-process.js', import.meta.url));
const env = { ...process.env, ...allocatorEnvironment(process.env) };
const [code] = await once(
  spawn(process.execPath, [work, ...process.argv.slice(2)], { stdio: 'inherit', env }),
  'close',
);
process.exitCode = code as number;
