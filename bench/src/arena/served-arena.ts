import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ProcessOptions } from './arena-project.js';

/** An arena that another process serves. */
export interface ServedArena {
  readonly origin: string;
  readonly port: number;
  readonly pid: number;
  /** Where the first account is made; null once there is one. */
  readonly setUp: string | null;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

const processModule = fileURLToPath(new URL('../../dist/arena/arena-process.js', import.meta.url));

/** Starts a process that serves an arena, and waits until it does. */
export async function startArena(options: ProcessOptions): Promise<ServedArena> {
  const child = spawn(process.execPath, [processModule, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-4000);
  });
  const ended = once(child, 'exit');
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text)),
    ended.then(() => Promise.reject(new Error(`the arena ended before it served:\n${complaint}`))),
  ]);
  const { setUp } = JSON.parse(line) as { setUp: string | null };
  return {
    ...{ origin: `http://127.0.0.1:${options.port}`, port: options.port, pid: child.pid as number, setUp },
    kill: () => killed(child, ended),
  };
}

async function killed(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
