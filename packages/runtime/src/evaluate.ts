import { compile, type Graph, type Provider } from '@bradley/graph';
import { createSession, type HostData, type HostTensor } from './session.js';

/** Compiles and runs a graph once: for tests and one-off computations. */
export async function evaluate(
  from: Graph,
  feeds: Readonly<Record<string, HostData>> = {},
  provider: Provider = 'cpu',
): Promise<Record<string, HostTensor>> {
  const session = await createSession(compile(from, provider));
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}
