import { type Batch, bytesOf, mostBytes } from './outbox.js';

export interface Server {
  /** Origin of the arena. */
  readonly url: string;
  readonly key: string;
}

/** What the server said of a choice: `known` is one that it has already. */
export interface Result {
  readonly id: string;
  readonly status: 'recorded' | 'known' | 'refused';
  readonly error?: string;
}

/** The results; or that the batch as it is will never be taken; or that it is to be sent again. */
export type Answer =
  | { readonly results: readonly Result[] }
  | { readonly refused: string }
  | { readonly failed: string; readonly retryAfter: string | null };

const patience = 30_000;

export function request({ url, key }: Server, path: string, headers: Record<string, string>, init: RequestInit) {
  return fetch(new URL(path, url), {
    ...{ method: 'POST', credentials: 'omit', signal: AbortSignal.timeout(patience) },
    ...{ ...init, headers: { authorization: `Bearer ${key}`, ...headers } },
  });
}

/** Sends a batch once. Does not throw. */
export async function send(server: Server, { key, entries }: Batch): Promise<Answer> {
  try {
    const body = `{"choices":[${entries.map(({ text }) => text).join(',')}]}`;
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const answer = await request(server, '/api/v1/choices', headers, {
      body,
      keepalive: bytesOf(entries) <= mostBytes,
    });
    const said = (await answer.json().catch(() => null)) as {
      results?: Result[];
      error?: string;
      code?: string;
    } | null;
    const { results } = said ?? {};
    // What answers 200 without results is something else, such as the page of a hotel's network.
    if (answer.ok && results?.length === entries.length) return { results };
    const why = `${answer.status}: ${said?.error ?? `${answer.url} does not answer as an arena does`}`;
    const isRefusal = answer.status === 413 || (typeof said?.code === 'string' && [400, 422].includes(answer.status));
    return isRefusal ? { refused: why } : { failed: why, retryAfter: answer.headers.get('retry-after') };
  } catch (error) {
    const { message, cause } = error as Error;
    return { failed: `${server.url}: ${cause instanceof Error ? cause.message : message}`, retryAfter: null };
  }
}
