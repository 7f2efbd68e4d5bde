import { compile, type Graph, type Target, weightsOf } from '@bradley/graph';
import { cpuTarget } from './cpu-target.js';
import { devices } from './devices/table.js';
import { createSession, type Session, type SessionOptions } from './session.js';

/** From this many bytes of frozen weights on they stay mapped: packed, those of SD 1.5 are 3.4 GB more for each use. */
export const mappedBytes = 2 ** 28;

/** Compiles a graph for the device that will run it, and loads it there. */
export async function openSession(from: Graph, options: SessionOptions = {}): Promise<Session> {
  const weights = options.weights ?? (frozenBytes(from) >= mappedBytes ? 'mapped' : 'packed');
  const chosen = { ...options, weights };
  const target = await targetOf(chosen);
  const hideShapes = options.freeEarly === true && target.provider === 'cpu';
  return createSession(compile(from, target, { hideShapes }), chosen);
}

async function targetOf({ device = 'cpu', weights }: SessionOptions): Promise<Target> {
  const provider: Target['provider'] = devices[device].lowering;
  return provider === 'cpu' ? { ...(await cpuTarget()), mapped: weights === 'mapped' } : { provider };
}

/** Of all files' ranges that a graph reads. */
function frozenBytes(from: Graph): number {
  const ranges = new Map(weightsOf(from).map(({ source }) => [`${source.file}@${source.offset}`, source.length]));
  return [...ranges.values()].reduce((total, length) => total + length, 0);
}
