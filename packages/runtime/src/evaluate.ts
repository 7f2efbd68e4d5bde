import type { Graph } from '@bradley/graph';
import { openSession } from './open-session.js';
import type { Feeds, HostTensor, SessionOptions } from './session.js';

/** Compiles and runs a graph once: for tests and one-off computations. */
export async function evaluate(
  from: Graph,
  feeds: Feeds = {},
  options: SessionOptions = {},
): Promise<Record<string, HostTensor>> {
  const session = await openSession(from, options);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}
