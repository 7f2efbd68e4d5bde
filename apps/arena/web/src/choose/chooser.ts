import type { Presentation } from '@bradley/arena-contract';
import { ApiError, mayPass } from '../api/request.js';
import type { Next } from '../api/voting.js';
import {
  type Answers,
  advance,
  due,
  type Entry,
  emptyQueue,
  type Obstacle,
  type Queue,
  type QueueEvent,
} from './queue.js';
import { entryId, type Unsent } from './unsent.js';

/** What the server said to an entry: its count of comparisons where it said it, and what it sealed anew. */
export interface Delivered {
  readonly done: number | null;
  readonly renewed: Presentation | null;
}

/** What the chooser works with: the server, and the browser's memory. */
export interface ChooserWorld {
  /** `again`: first what was shown and not answered. */
  next(count: number, waitSeconds: number, again: boolean): Promise<Next>;
  send(entry: Entry): Promise<Delivered>;
  readonly unsent: Unsent;
  /** Called with what is ready, so that its media are there before they are shown. */
  prepare(queue: Queue): void;
  /** Runs something once, later; answers with what calls it off. */
  later(run: () => void, milliseconds: number): () => void;
}

/** The queue at work. `subscribe` and `snapshot` are what `useSyncExternalStore` wants. */
export interface Chooser {
  readonly snapshot: () => Queue;
  readonly subscribe: (listener: () => void) => () => void;
  readonly answer: (answers: Answers, milliseconds: number) => void;
  readonly undo: () => void;
  /** Tries again at once, such as when the browser is online again or new prompts were sent in. */
  readonly hurry: () => void;
  readonly start: () => void;
  /** Nothing more is asked or sent until it is started again; what is unsent stays kept. */
  readonly stop: () => void;
}

/** While pictures are being drawn, while there is nothing to choose, and when a request failed. */
const drawingInterval = 900;
const emptyInterval = 5000;
/** Seconds that the server may wait for something to show, where the page has nothing. */
const emptyWait = 2;
const retryAfter = (failures: number): number => Math.min(15_000, 400 * 2 ** Math.min(failures, 6));

export function startChooser(world: ChooserWorld): Chooser {
  let queue = emptyQueue(world.unsent.all());
  let stopped = true;
  let retry: (() => void) | null = null;
  let look: (() => void) | null = null;
  const listeners = new Set<() => void>();

  const dispatch = (event: QueueEvent): void => {
    const before = queue;
    queue = advance(queue, event);
    keep(world.unsent, before.outbox, queue.outbox);
    world.prepare(queue);
    for (const listener of listeners) listener();
    work();
  };

  const work = (): void => {
    if (stopped || retry) return;
    const { send, fetch } = due(queue);
    if (send) void deliver(send);
    if (fetch !== null) void refill(fetch);
  };

  const hurry = (): void => {
    retry?.();
    look?.();
    retry = look = null;
    dispatch({ type: 'lookAgain' });
  };

  const refill = async (count: number): Promise<void> => {
    dispatch({ type: 'fetchBegan' });
    try {
      // What is kept for an earlier page, or came with an answer that was lost, is not on screen here where nothing is.
      const isEmpty = queue.ready.length === 0;
      const wait = queue.server && isEmpty ? emptyWait : 0;
      const { presentations, done, open, drawing } = await world.next(count, wait, isEmpty);
      dispatch({ type: 'fetched', presentations, done, open, drawing });
      if (queue.nothingNew && !stopped) {
        look?.();
        look = world.later(() => dispatch({ type: 'lookAgain' }), drawing > 0 ? drawingInterval : emptyInterval);
      }
    } catch (error) {
      backOff(error);
      dispatch({ type: 'fetchFailed', obstacle: obstacleOf(error) });
    }
  };

  const deliver = async (entry: Entry): Promise<void> => {
    dispatch({ type: 'sendBegan' });
    try {
      dispatch({ type: 'sent', ...(await world.send(entry)) });
    } catch (error) {
      if (isFinal(error)) return dispatch({ type: 'sendRefused', problem: (error as ApiError).message });
      backOff(error);
      dispatch({ type: 'sendFailed', obstacle: obstacleOf(error) });
    }
  };

  const backOff = (error: unknown): void => {
    if (stopped) return;
    retry?.();
    // What somebody must do something about first is not tried again by itself.
    if (!mayPass(error)) {
      retry = () => undefined;
      return;
    }
    const asked = error instanceof ApiError && error.retryAfterSeconds ? error.retryAfterSeconds * 1000 : 0;
    const again = (): void => {
      retry = null;
      work();
    };
    retry = world.later(again, Math.max(asked, retryAfter(queue.failures)));
  };

  return {
    snapshot: () => queue,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    answer: (answers, milliseconds) => dispatch({ type: 'answered', id: entryId(), answers, milliseconds }),
    undo: () => dispatch({ type: 'undone', id: entryId() }),
    hurry,
    start() {
      stopped = false;
      hurry();
    },
    stop() {
      stopped = true;
      retry?.();
      look?.();
      retry = look = null;
    },
  };
}

/** Brings the browser's memory up to date before anything is sent. */
function keep(unsent: Unsent, before: readonly Entry[], now: readonly Entry[]): void {
  if (before === now) return;
  const has = new Set(now.map(({ id }) => id));
  for (const entry of now) if (!before.includes(entry)) unsent.keep(entry);
  for (const { id } of before) if (!has.has(id)) unsent.drop(id);
}

/** Whether the server will never take this: not a matter of the connection, of signing in or of a missing consent. */
const isFinal = (error: unknown): boolean =>
  error instanceof ApiError && !mayPass(error) && ![200, 201, 401, 403].includes(error.status);

const obstacleOf = (error: unknown): Obstacle | null =>
  mayPass(error)
    ? null
    : { code: error instanceof ApiError ? error.code : 'unknown', problem: String((error as Error).message) };
