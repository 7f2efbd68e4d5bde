import type { Choice, Outcome, Showing } from './choice.js';
import { type Batch, openOutbox, randomId } from './outbox.js';
import { request, type Server, send } from './send.js';
import { defaultStorage, type Storage } from './storage.js';
import { type Waits, waitAfter } from './wait-after.js';

/**
 * What went wrong. `refused`, `full` and `closed`: the choice is lost. `unsent`: all are kept and sent again. `storage`: what waits is in
 * memory only. `upload`: a file was not uploaded.
 */
export interface Problem {
  readonly kind: 'refused' | 'full' | 'closed' | 'unsent' | 'storage' | 'upload';
  readonly message: string;
  readonly choice?: Choice;
}

export interface CollectorOptions extends Server {
  /** localStorage in a browser, else memory: see `folderStorage` of `@bradley/collector/node`. */
  readonly storage?: Storage;
  /** Told of every choice that is lost and why; and once, until it is over, of a server that does not answer. A warning else. */
  readonly onProblem?: (problem: Problem) => void;
  /** A batch is sent this many milliseconds after its first choice; 2,000. */
  readonly every?: number;
  /** Choices in a batch, at most; 100, and 500 is what the server takes. */
  readonly atOnce?: number;
  /** Choices that wait, at most; 5,000. More are not taken, which `onProblem` is told. */
  readonly mostWaiting?: number;
  /** After a failure; from a second to five minutes. */
  readonly waits?: Waits;
}

export interface Collector {
  /** The candidate at `index` was chosen. These log a choice and return its id; they do not wait and do not throw. */
  chosen(showing: Showing & { readonly index: number }): string;
  /** All were put in order, the best first. */
  ranked(showing: Showing & { readonly order: readonly number[] }): string;
  tie(showing: Showing): string;
  bothBad(showing: Showing): string;
  skip(showing: Showing): string;
  /** Uploads a file: the sha256 that names it as `media`, or null where that failed. It is not tried again. */
  upload(file: Blob | Uint8Array<ArrayBuffer>): Promise<string | null>;
  /** Sends what waits, each once. Answers how many the server has still not answered for: they wait for the next attempt. */
  flush(): Promise<number>;
  /** Flushes, and sends no more: what is left stays in the storage. */
  close(): Promise<number>;
}

/** Logs what a product showed and what was chosen in an arena: in batches, again until the server has answered, never in the way. */
export function createCollector(options: CollectorOptions): Collector {
  const { every = 2000, atOnce = 100, mostWaiting = 5000, waits = { first: 1000, most: 300_000 } } = options;
  const { storage = defaultStorage(options.url, options.key) } = options;
  const { onProblem = ({ message }) => console.warn(`@bradley/collector: ${message}`) } = options;
  const outbox = openOutbox(storage, atOnce, (error) => report({ kind: 'storage', message: String(error) }));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let draining: Promise<void> | undefined;
  let closed = false;

  function report(problem: Problem): void {
    try {
      onProblem(problem);
    } catch {
      // What the product does with it is not to stop what it collects.
    }
  }

  /** Whatever the product gives, nothing is thrown. */
  function log<Given extends Showing>(split: (given: Given) => [Outcome, Showing], given: Given): string {
    let choice: Choice | undefined;
    try {
      const [outcome, showing] = split(given);
      const { id = randomId(), at = new Date().toISOString() } = showing;
      choice = { ...showing, id, at, outcome };
      if (closed) report({ kind: 'closed', message: 'The collector is closed.', choice });
      else if (outbox.size() >= mostWaiting)
        report({ kind: 'full', message: `${mostWaiting} choices wait already.`, choice });
      else outbox.add(choice);
      if (failures === 0) wake(outbox.freshCount() >= atOnce ? 0 : every);
    } catch (error) {
      report({ kind: 'refused', message: String(error), ...(choice && { choice }) });
    }
    return choice?.id ?? '';
  }

  /** Sends after some time, or sooner where that was said before. */
  function wake(milliseconds: number): void {
    if (closed || (timer !== undefined && milliseconds > 0)) return;
    clearTimeout(timer);
    timer = setTimeout(() => void drain(), milliseconds);
    // A server that is away does not keep a process alive that has nothing else to do.
    if (failures > 0 && typeof timer === 'object') timer.unref?.();
  }

  /** Sends batch after batch until there is none, or one fails. */
  function drain(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    draining ??= (async () => {
      await loaded;
      for (let batch = outbox.take(); batch !== undefined; batch = outbox.take()) if (!(await attempt(batch))) break;
    })().finally(() => {
      draining = undefined;
    });
    return draining;
  }

  async function attempt(batch: Batch): Promise<boolean> {
    const answer = await send(options, batch);
    if ('failed' in answer) {
      outbox.again(batch);
      failures++;
      if (failures === 1) report({ kind: 'unsent', message: `Choices wait and are sent again: ${answer.failed}` });
      wake(waitAfter(failures, answer.retryAfter, waits));
      return false;
    }
    failures = 0;
    if ('refused' in answer && batch.entries.length > 1) outbox.halve(batch);
    else {
      await outbox.done(batch);
      batch.entries.forEach(({ choice }, i) => {
        const { status, error } =
          'results' in answer ? (answer.results[i] ?? {}) : { status: 'refused', error: answer.refused };
        if (status === 'refused') report({ kind: 'refused', message: error ?? 'The server does not say why.', choice });
      });
    }
    return true;
  }

  async function flush(): Promise<number> {
    await draining; // which may have failed already
    await drain();
    await outbox.kept();
    return outbox.size();
  }

  /** The page may not come back: what is fresh goes now, beside what is under way. */
  const leave = () => {
    if (document.visibilityState !== 'hidden') return;
    const batch = outbox.take();
    if (batch) void attempt(batch).then((answered) => (answered ? drain() : undefined));
  };
  const back = () => void drain();
  const loaded = outbox.load().then(() => {
    if (outbox.size() > 0) wake(every);
  });
  if (typeof document !== 'undefined') {
    document.addEventListener('visibilitychange', leave);
    addEventListener('online', back);
  }

  return {
    chosen: (given) => log(({ index, ...showing }) => [{ kind: 'winner', index }, showing], given),
    ranked: (given) => log(({ order, ...showing }) => [{ kind: 'ranking', order }, showing], given),
    tie: (given) => log((showing) => [{ kind: 'tie' }, showing], given),
    bothBad: (given) => log((showing) => [{ kind: 'bothBad' }, showing], given),
    skip: (given) => log((showing) => [{ kind: 'skip' }, showing], given),
    async upload(body) {
      try {
        const answer = await request(
          options,
          '/api/v1/media',
          { 'content-type': 'application/octet-stream' },
          { body },
        );
        const { sha256, error } = (await answer.json()) as { sha256?: string; error?: string };
        if (sha256 !== undefined) return sha256;
        report({ kind: 'upload', message: `${answer.status}: ${error}` });
      } catch (error) {
        report({ kind: 'upload', message: String(error) });
      }
      return null;
    },
    flush,
    async close() {
      closed = true;
      const left = await flush();
      clearTimeout(timer);
      if (typeof document !== 'undefined') {
        document.removeEventListener('visibilitychange', leave);
        removeEventListener('online', back);
      }
      return left;
    },
  };
}
