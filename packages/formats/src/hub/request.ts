import { TransientError } from './retry.js';
import type { HubSettings } from './settings.js';

const mostRedirects = 10;

export interface HubResponse {
  readonly response: Response;
  /** The hash of the file that the hub itself states before it sends us on to where the bytes are; null where it does not. */
  readonly linkedEtag: string | null;
  /** To be called whenever bytes arrive: without, the connection is given up after the timeout. */
  readonly alive: () => void;
  /** To be called when the body has been read, or is not going to be. */
  readonly end: () => void;
  /** Turns what went wrong with the body into a TransientError, if it was the network. */
  readonly failure: (error: unknown, progressed: boolean) => unknown;
}

/**
 * Asks for an address and follows redirects. The token goes to the hub and to nobody that it sends us on to.
 * @throws TransientError where another try may help; the reason of `signal` when that was the cause
 */
export async function requestHub(
  address: URL,
  headers: Readonly<Record<string, string>>,
  { endpoint, token, timeout }: HubSettings,
  signal: AbortSignal | undefined,
): Promise<HubResponse> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), 1000 * timeout);
  const end = (): void => clearTimeout(timer);
  const failure = (error: unknown, progressed: boolean): unknown => {
    end();
    if (signal?.aborted) return signal.reason;
    if (stalled.signal.aborted)
      return new TransientError(`${address.host} sent nothing for ${timeout} seconds`, progressed);
    if (!(error instanceof TypeError)) return error; // fetch throws a TypeError for whatever the network does
    const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
    return new TransientError(
      `${address.host}: ${progressed ? 'the connection was cut' : 'cannot be reached'} (${code ?? message})`,
      progressed,
    );
  };
  let linkedEtag: string | null = null;
  try {
    let url = address;
    for (let redirects = 0; ; redirects++) {
      if (!/^https?:$/.test(url.protocol)) throw new Error(`${address} redirects to ${url}: only http(s) is followed.`);
      const known = token !== null && url.origin === new URL(endpoint).origin;
      const response = await fetch(url, {
        headers: { ...headers, ...(known ? { authorization: `Bearer ${token}` } : {}) },
        redirect: 'manual',
        signal: AbortSignal.any([stalled.signal, ...(signal ? [signal] : [])]),
      });
      linkedEtag ??= response.headers.get('x-linked-etag');
      const location = response.headers.get('location');
      if (![301, 302, 303, 307, 308].includes(response.status) || location === null)
        return { response, linkedEtag, alive: () => timer.refresh(), end, failure };
      await response.body?.cancel();
      if (redirects === mostRedirects) throw new Error(`${address} redirects more than ${mostRedirects} times.`);
      url = new URL(location, url);
    }
  } catch (error) {
    throw failure(error, false);
  }
}

/**
 * What to do about an answer that is no success: a TransientError where waiting may help, else an error that says it.
 * @param subject what was asked for, as the user wrote it
 */
export async function refusal(response: Response, subject: string, { endpoint, token }: HubSettings): Promise<Error> {
  const { status, headers, url } = response;
  const text = await response.text().catch(() => '');
  const stated = headers.get('x-error-message') ?? statedIn(text);
  const asked = `${subject}: ${new URL(url).host} answered ${status}${stated ? ` (${stated})` : ''}`;
  if (status === 408 || status === 429 || status >= 500)
    return new TransientError(asked, false, Number(headers.get('retry-after')) || 0);
  const code = headers.get('x-error-code') ?? '';
  const gated = code === 'GatedRepo' || ([401, 403].includes(status) && /gated|restricted/i.test(stated));
  const kind = gated ? 'gated' : adviceOn[code] ? code : String(status);
  const repository = subject.replace(/[@:].*$/, '');
  const advice = adviceOn[kind]?.(`${endpoint}/${repository}`, token !== null);
  return new Error(`${asked}.${advice === undefined ? '' : ` ${advice}`}`);
}

type Advice = (page: string, hasToken: boolean) => string;

const makeToken = 'Make a token at https://huggingface.co/settings/tokens and set HF_TOKEN to it.';

const missing: Advice = (page, hasToken) =>
  `Either it is not there or it is private${hasToken ? ' and your token may not read it' : ''}: look at ${page}` +
  `${hasToken ? '.' : `, and if it is private, set HF_TOKEN. ${makeToken}`}`;

/** By the hub's own code of an error, else by status. */
const adviceOn: Readonly<Record<string, Advice>> = {
  gated: (page, hasToken) =>
    `Its owner asks for consent first: accept the licence at ${page}` +
    `${hasToken ? ' with the account that your token is of.' : `. ${makeToken}`}`,
  401: missing,
  403: (page) => `Your token may not read ${page}: give it that right, or use another.`,
  404: missing,
  RevisionNotFound: (page) => `There is no such branch, tag or commit: look at ${page}/tree/main.`,
  EntryNotFound: (page) => `There is no such file: look at ${page}/tree/main.`,
};

function statedIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === 'string' ? error : '';
  } catch {
    return '';
  }
}
