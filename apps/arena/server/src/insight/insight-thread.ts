import { Worker } from 'node:worker_threads';
import type { Ask, Told } from './ask.js';

/** A thread that computes, so that votes do not wait for it. Started when it is first asked. */
export interface InsightThread {
  ask<Answer>(ask: Ask): Promise<Answer>;
  /** Starts it; what it imports takes a second. */
  ready(): Promise<void>;
  /** Whether it was started anew since this was asked last: it knows nothing then. */
  forgot(): boolean;
  close(): Promise<void>;
}

/** Beside the compiled code and beside the sources alike. */
const module = new URL('../../dist/insight/insight-worker.js', import.meta.url);

export function openThread(): InsightThread {
  let worker: Worker | null = null;
  let fresh = true;
  let number = 0;
  const waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  const start = (): Worker => {
    const started = new Worker(module, { execArgv: [] }); // whatever the main thread was told of sources, this runs what was built
    started.unref();
    started.on('message', (told: Told) => {
      const one = waiting.get(told.number);
      waiting.delete(told.number);
      if ('error' in told) one?.reject(new Error(told.error));
      else one?.resolve(told.answer);
    });
    const end = (error: Error) => {
      if (worker !== started) return;
      worker = null;
      fresh = true;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    started.on('error', end);
    started.on('exit', (code) => end(new Error(`the thread for statistics ended with ${code}`)));
    return started;
  };
  const ask = <Answer>(asked: Ask) =>
    new Promise<Answer>((resolve, reject) => {
      worker ??= start();
      waiting.set(++number, { resolve: resolve as (answer: unknown) => void, reject });
      worker.postMessage({ number, ask: asked });
    });
  return {
    ask,
    ready: () => ask<void>({ kind: 'ready' }),
    forgot() {
      const forgot = fresh;
      fresh = false;
      return forgot;
    },
    close: async () => {
      await worker?.terminate();
    },
  };
}
