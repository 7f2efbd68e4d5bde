import {
  compile,
  type Graph,
  optimize,
  type SessionMemory,
  sessionMemory,
  type Target,
  weightsOf,
} from '@bradley/graph';
import { cpuTarget } from './cpu-target.js';
import { devices } from './devices/table.js';
import { createSession, type FrozenWeights, type Session, type SessionOptions } from './session.js';

/** From this many bytes of frozen weights on they stay mapped: packed, those of SD 1.5 are 3.4 GB more for each use. */
const mappedBytes = 2 ** 28;

/** Compiles a graph for the device that will run it, and loads it there. */
export async function openSession(from: Graph, options: SessionOptions = {}): Promise<Session> {
  const chosen = { ...options, weights: weightsFor(from, options) };
  const target = await targetOf(chosen);
  const hideShapes = options.freeEarly === true && target.provider === 'cpu';
  return createSession(compile(from, target, { hideShapes }), chosen);
}

/** What `openSession` would take on a CPU to load a graph and to run it: no session is opened for it, and no weight is read. */
export async function plannedMemory(
  from: Graph,
  options: Pick<SessionOptions, 'weights' | 'freeEarly'> = {},
): Promise<SessionMemory> {
  const mapped = weightsFor(from, options) === 'mapped';
  const lowered = optimize(from, { ...(await cpuTarget()), mapped });
  return sessionMemory(lowered, { mapped, freeEarly: options.freeEarly ?? false });
}

function weightsFor(from: Graph, { weights }: Pick<SessionOptions, 'weights'>): FrozenWeights {
  return weights ?? (frozenBytes(from) >= mappedBytes ? 'mapped' : 'packed');
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
