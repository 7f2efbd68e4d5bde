import { setTimeout as delay } from 'node:timers/promises';
import type { LeaseName } from '@bradley/preferences';
import { answers } from './http-contract.js';
import type { Finished, Jobs, SynpicStatus } from './jobs.js';

export interface HttpJobsOptions {
  /** Seconds for which a process that does not answer is asked again: it may be starting anew. Default 300. */
  readonly patience?: number;
  readonly signal?: AbortSignal;
}

/** The process that owns the store refused. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/**
 * A plan's jobs from the process that owns the store. Everything that is asked may be asked twice, so what got no answer is asked again.
 * @throws RefusedError where the token is wrong
 */
export async function httpJobs(url: string, token: string, options: HttpJobsOptions = {}): Promise<Jobs> {
  const { patience = 300, signal } = options;
  const ask = async (path: string, body?: object): Promise<Response> => {
    const request = {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    for (const until = Date.now() + patience * 1000; ; ) {
      signal?.throwIfAborted();
      const answer = await fetch(new URL(path, url), request).catch((cause: Error) => cause);
      if (!(answer instanceof Error)) return checked(answer, url);
      if (Date.now() >= until)
        throw new Error(`${url} does not answer: ${reasonOf(answer)}. Is bradley synpic start running there?`);
      await delay(500);
    }
  };
  const { plan, lease } = answers.plan.parse(await (await ask('/plan')).json());
  return {
    plan,
    lease,
    take: async (worker, prefers) => answers.take.parse(await (await ask('/take', { worker, prefers })).json()),
    hold: async (leases) => void (await ask('/hold', { leases: leases.map(nameOf) })),
    giveBack: async (leases) => void (await ask('/give-back', { leases: leases.map(nameOf) })),
    finish: async (worker, finished) => void (await ask('/finish', { worker, finished: finished.map(encoded) })),
    fail: async (lease, message) =>
      void (await ask('/fail', { lease: nameOf(lease), message: message.slice(0, 10_000) })),
    picture: async (sha256) => new Uint8Array(await (await ask(`/media/${sha256}`)).arrayBuffer()),
    status: async () => (await (await ask('/status')).json()) as SynpicStatus,
    close: async () => {},
  };
}

const nameOf = ({ queue, id, attempt }: LeaseName): LeaseName => ({ queue, id, attempt });

async function checked(answer: Response, url: string): Promise<Response> {
  if (answer.ok) return answer;
  const text = await answer.text();
  const { error = text } = (text.startsWith('{') ? JSON.parse(text) : {}) as { error?: string };
  throw new RefusedError(`${url} answers ${answer.status}: ${error}`);
}

const encoded = ({ result, ...one }: Finished): object =>
  result.kind === 'score'
    ? { ...one, result }
    : { ...one, result: { kind: 'generate', picture: Buffer.from(result.picture).toString('base64') } };

const reasonOf = ({ message, cause }: Error): string =>
  cause instanceof Error ? cause.message || String(cause) : message;
