import { compile, type Graph, type Target } from '@bradley/graph';
import { cpuTarget } from './cpu-target.js';
import { createSession, type HostData, type HostTensor } from './session.js';

/** Compiles and runs a graph once, on the CPU: for tests and one-off computations. */
export async function evaluate(
  from: Graph,
  feeds: Readonly<Record<string, HostData>> = {},
  target?: Target,
): Promise<Record<string, HostTensor>> {
  const session = await createSession(compile(from, target ?? (await cpuTarget())));
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}
