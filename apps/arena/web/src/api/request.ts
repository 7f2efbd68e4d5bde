import { problemSchema } from '@bradley/arena-contract';
import { type ZodType, z } from 'zod';

/** What the server refused, in its words. Status 0: the server was not reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly issues: readonly { path: string; message: string }[] = [],
    /** What the server asked to wait before another try. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/** Whether another try of the same request may do better: no answer, too many requests, a fault of the server. */
export const mayPass = (error: unknown): boolean =>
  error instanceof ApiError &&
  (error.status === 0 || error.status === 408 || error.status === 429 || error.status >= 500);

let csrf = '';
export const setCsrf = (token: string): void => {
  csrf = token;
};

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON; a FormData or Blob is sent as it is. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Asks the server and checks the answer against its schema. Throws `ApiError`. */
export async function request<T>(schema: ZodType<T>, path: string, ask: Ask = {}): Promise<T> {
  const response = await send(path, ask);
  if (!response.ok) throw await problemOf(response);
  const json: unknown = response.status === 204 ? null : await response.json().catch(() => undefined);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new ApiError(
    response.status,
    'not-understood',
    `${path}: the server's answer is not what this page expects (${z.prettifyError(parsed.error)}). Reload the page.`,
  );
}

/** Asks the server for a file that is text. Throws `ApiError`. */
export async function requestText(path: string): Promise<string> {
  const response = await send(path, {});
  if (!response.ok) throw await problemOf(response);
  return response.text();
}

async function send(path: string, { method = 'GET', body, signal }: Ask): Promise<Response> {
  const raw = body instanceof FormData || body instanceof Blob;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method !== 'GET') headers['x-csrf-token'] = csrf;
  if (body !== undefined && !raw) headers['content-type'] = 'application/json';
  const init: RequestInit = { method, headers, credentials: 'same-origin' };
  if (body !== undefined) init.body = raw ? body : JSON.stringify(body);
  if (signal) init.signal = signal;
  try {
    return await fetch(path, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'unreachable', 'Bradley does not answer. Is it still running on this computer or network?');
  }
}

async function problemOf(response: Response): Promise<ApiError> {
  const problem = problemSchema.safeParse(await response.json().catch(() => null));
  const wait = Number(response.headers.get('retry-after'));
  const retryAfter = Number.isFinite(wait) && wait > 0 ? wait : null;
  if (!problem.success)
    return new ApiError(response.status, 'unknown', `The server answered ${response.status}.`, [], retryAfter);
  const { code, error, issues } = problem.data;
  return new ApiError(response.status, code, error, issues, retryAfter);
}

/** For answers whose body says nothing that is needed. */
export const anything = z.unknown();

/** A path with its parts escaped: `address`/api/projects/${id}/next``. */
export const address = (parts: TemplateStringsArray, ...values: readonly string[]): string =>
  String.raw({ raw: parts }, ...values.map(encodeURIComponent));

/** `?a=1&b=2`, leaving out what is undefined or empty. */
export function query(of: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(of).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`;
}
