import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allocatorEnvironment } from './allocator.js';
import { clearControl } from './control.js';

/**
 * Starts the process that trains the run in `folder`, detached: it goes on when this one ends. It is Node with
 * `entryModule` (built JavaScript) and the folder as its argument; what it prints goes to the end of log.txt.
 * @returns its pid, for `tailRun`
 */
export async function spawnRun(folder: string, entryModule: URL | string): Promise<number> {
  await clearControl(folder); // a stop asked of the last process is not meant for this one
  const entry = entryModule instanceof URL ? fileURLToPath(entryModule) : entryModule;
  const log = await open(join(folder, 'log.txt'), 'a');
  try {
    const child = spawn(process.execPath, [entry, folder], {
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { ...process.env, ...allocatorEnvironment(process.env) },
    });
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    if (child.pid === undefined) throw new Error(`${entry}: the process was started but has no pid.`);
    return child.pid;
  } finally {
    await log.close();
  }
}
