import type { Waiting } from './choice.js';

/** What became of a batch: `later` may be tried again after some seconds, `never` is not worth trying again as it is. */
export type Sent =
  | { kind: 'done'; refused: readonly { id: string; error?: string }[] }
  | { kind: 'later'; why: string; seconds: number }
  | { kind: 'never'; why: string };

export interface Target {
  readonly url: string;
  readonly key: string;
}

const timeout = 30_000;
/** Worth trying again: too early, too many, and whatever is wrong on the other side. A wrong key may be mended there too. */
const passing = (status: number) => [401, 403, 408, 425, 429].includes(status) || status >= 500;

/** Sends a batch, and says what became of it; never rejects. */
export async function sendBatch(
  { url, key }: Target,
  choices: readonly Waiting[],
  { idempotencyKey, leaving }: { idempotencyKey: string; leaving: boolean },
): Promise<Sent> {
  try {
    const answer = await fetch(new URL('/api/v1/choices', url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'idempotency-key': idempotencyKey,
      },
      body: JSON.stringify({ choices }),
      keepalive: leaving,
      credentials: 'omit',
      signal: AbortSignal.timeout(timeout),
    });
    if (answer.ok) {
      const { results } = (await answer.json()) as { results: { id: string; status: string; error?: string }[] };
      return { kind: 'done', refused: results.filter(({ status }) => status === 'refused') };
    }
    const why = `${answer.status}: ${(await answer.text()).slice(0, 500)}`;
    const seconds = Number(answer.headers.get('retry-after')) || 0;
    return passing(answer.status) ? { kind: 'later', why, seconds } : { kind: 'never', why };
  } catch (error) {
    return { kind: 'later', why: String(error), seconds: 0 };
  }
}

/** Uploads a file; its sha256. */
export async function sendFile({ url, key }: Target, file: Blob | Uint8Array<ArrayBuffer>): Promise<string> {
  const answer = await fetch(new URL('/api/v1/media', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/octet-stream' },
    body: file,
    credentials: 'omit',
    signal: AbortSignal.timeout(timeout),
  });
  if (!answer.ok) throw new Error(`${answer.status}: ${(await answer.text()).slice(0, 500)}`);
  return ((await answer.json()) as { sha256: string }).sha256;
}
