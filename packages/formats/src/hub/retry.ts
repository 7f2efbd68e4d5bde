/** Something that may go well the next time: a busy server, a connection that was cut. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  constructor(
    message: string,
    /** Whether bytes arrived before it failed: then there is reason to be patient. */
    readonly progressed = false,
    /** Seconds that the server asks us to wait. */
    readonly retryAfter = 0,
  ) {
    super(message);
  }
}

export interface Retries {
  readonly signal: AbortSignal | undefined;
  /** What the user may do when all tries failed. */
  readonly advice: string;
  /** Told why there is another try, and in how many seconds. */
  readonly onRetry: (reason: string, seconds: number) => void;
  /** Failures without progress after which it gives up. Default 6. */
  readonly tries?: number;
  /** The most seconds to wait, whatever is asked for. Default 60. */
  readonly longestWait?: number;
}

/**
 * Tries until it goes well, waiting 0.5, 1, 2, 4, 8 seconds between failures of which none made progress.
 * @throws Error after so many such failures, or at once for anything but a TransientError
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  { signal, advice, onRetry, tries = 6, longestWait = 60 }: Retries,
): Promise<T> {
  for (let failures = 0; ; ) {
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof TransientError)) throw error;
      failures = error.progressed ? 1 : failures + 1;
      if (failures === tries) throw new Error(`${error.message}. Gave up after ${failures} tries. ${advice}`);
      const seconds = Math.min(longestWait, Math.max(error.retryAfter, 2 ** (failures - 2)));
      onRetry(error.message, seconds);
      await sleep(1000 * seconds, signal);
    }
  }
}

const sleep = (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', wake);
      resolve();
    }, milliseconds);
    const wake = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', wake, { once: true });
  });
