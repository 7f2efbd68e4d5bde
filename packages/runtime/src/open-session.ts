import { compile, type Graph, type Target } from '@bradley/graph';
import { cpuTarget } from './cpu-target.js';
import { devices } from './devices/table.js';
import { createSession, type Session, type SessionOptions } from './session.js';

/** Compiles a graph for the device that will run it, and loads it there. */
export async function openSession(from: Graph, options: SessionOptions = {}): Promise<Session> {
  return createSession(compile(from, await targetOf(options)), options);
}

async function targetOf({ device = 'cpu', weights }: SessionOptions): Promise<Target> {
  const provider: Target['provider'] = devices[device].lowering;
  return provider === 'cpu' ? { ...(await cpuTarget()), mapped: weights === 'mapped' } : { provider };
}
