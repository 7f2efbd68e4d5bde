import { TransientError } from '@bradley/formats';
import { z } from 'zod';

export interface ChatTarget {
  /** Of …/chat/completions. */
  readonly url: string;
  readonly key: string | null;
  /** Seconds until the request is given up. */
  readonly timeout: number;
}

export interface ChatAnswer {
  readonly content: string;
  /** Why there is no whole answer, where the server says so: 'length', 'content_filter', a refusal. */
  readonly unfinished: string | null;
  readonly usage: { readonly input: number; readonly output: number } | null;
}

const longestBody = 4 * 2 ** 20;

const answer = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          refusal: z.string().nullish(),
          content: z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]).nullish(),
        }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.int().nonnegative(), completion_tokens: z.int().nonnegative() }).nullish(),
});

/**
 * Sends one request to an OpenAI-compatible server. No redirect is followed, so the key goes nowhere else, and no error repeats it.
 * @throws TransientError where another try may help (429, 5xx, a connection that hangs or breaks, a body that is cut), else Error
 */
export async function askChat(target: ChatTarget, body: string, signal: AbortSignal | undefined): Promise<ChatAnswer> {
  try {
    return await send(target, body, signal);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const { host } = new URL(target.url);
    const { name, message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
    if (name === 'TimeoutError') throw new TransientError(`${host} did not answer within ${target.timeout} seconds`);
    if (error instanceof TypeError)
      throw new TransientError(`${host}: the connection failed (${cause?.code ?? cause?.message ?? message})`);
    throw error;
  }
}

async function send(
  { url, key, timeout }: ChatTarget,
  body: string,
  signal: AbortSignal | undefined,
): Promise<ChatAnswer> {
  const ended = AbortSignal.timeout(1000 * timeout);
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(key && { authorization: `Bearer ${key}` }),
    },
    body,
    signal: signal ? AbortSignal.any([signal, ended]) : ended,
  });
  const { status, headers } = response;
  const text = await readBody(response, url);
  const told = (sentence: string): string => withoutKey(sentence, key);
  const excerpt = JSON.stringify(told(text).slice(0, 300)); // no half of a key either
  if (status >= 300 && status < 400)
    throw new Error(
      told(
        `${url} redirects to ${headers.get('location')}, which is not followed. Give that address as endpoint if you trust it.`,
      ),
    );
  if (status === 408 || status === 429 || status >= 500)
    throw new TransientError(
      told(`${url} answered ${status}: ${excerpt}`),
      false,
      retryAfter(headers.get('retry-after')),
    );
  if (status !== 200) throw new Error(told(`${url} answered ${status}: ${excerpt}.${advice[status] ?? ''}`));
  const type = headers.get('content-type') ?? 'no content type';
  if (!/\bjson\b/i.test(type))
    throw new Error(
      told(`${url} answered with ${type} where JSON is expected: ${excerpt}. Is this the address of an API?`),
    );
  return parseAnswer(text, (sentence) => told(`${url} ${sentence}: ${excerpt}`));
}

const advice: Readonly<Record<number, string>> = {
  401: ' Does the environment variable of apiKeyVariable hold the right key?',
  404: ' Is endpoint the address before /chat/completions, and is the model there?',
};

function parseAnswer(text: string, told: (sentence: string) => string): ChatAnswer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TransientError(told('sent JSON that is cut or broken'));
  }
  const { data, error } = answer.safeParse(value);
  if (!data)
    throw new Error(told(`does not answer as chat completions do (${z.prettifyError(error).replaceAll('\n', ' ')})`));
  const [{ message, finish_reason }] = data.choices as [(typeof data.choices)[number]];
  const { content, refusal } = message;
  const { usage } = data;
  return {
    content: typeof content === 'string' ? content : (content ?? []).map(({ text = '' }) => text).join(''),
    unfinished: refusal || (finish_reason === 'length' || finish_reason === 'content_filter' ? finish_reason : null),
    usage: usage ? { input: usage.prompt_tokens, output: usage.completion_tokens } : null,
  };
}

async function readBody(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > longestBody)
      throw new Error(`${url} sent more than ${longestBody} bytes, which is no answer of a judge.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Seconds: the header has them, or a date. */
function retryAfter(header: string | null): number {
  if (!header) return 0;
  const seconds = /^\d+(\.\d+)?$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}

const withoutKey = (text: string, key: string | null): string => (key ? text.replaceAll(key, '[the key]') : text);
