import type { Presentation, ScreenOutcome, Vote } from '@bradley/arena-contract';

/**
 * What a rater's choosing consists of, as data: what is ready to be shown, what was answered, and what the server has not
 * acknowledged yet. `advance` is the only thing that changes it; `due` says what should be asked of the server now.
 *
 * Answers are taken at once and sent one at a time in their order, each until it is acknowledged, so that none is lost or
 * overtaken; the server counts an answer that arrives twice once.
 */
export interface Queue {
  /** The first is on screen. */
  readonly ready: readonly Presentation[];
  /** Unacknowledged, oldest first. */
  readonly outbox: readonly Entry[];
  /** Answered and still to be undone, latest last. */
  readonly answered: readonly Presentation[];
  /** While the next ones are asked for: what must not come back with them. */
  readonly fetching: readonly string[] | null;
  /** Whether the first of the outbox is on its way. */
  readonly sending: boolean;
  /** Requests in a row that failed. */
  readonly failures: number;
  /** Why nothing more is asked for, such as a consent that is missing; null while all is well. */
  readonly obstacle: Obstacle | null;
  /** What the server said last; `null` before it said anything. */
  readonly server: { readonly done: number; readonly open: number; readonly drawing: number } | null;
  /** The last answer of the server held nothing that was new. */
  readonly nothingNew: boolean;
  /** Answers that the server will not take, and why. */
  readonly refused: readonly { readonly entry: Entry; readonly problem: string }[];
}

export type Entry =
  | { readonly kind: 'vote'; readonly id: string; readonly vote: Vote; readonly tried: boolean }
  | { readonly kind: 'undo'; readonly id: string; readonly token: string; readonly tried: boolean };

export interface Obstacle {
  readonly code: string;
  readonly problem: string;
}

export type Answers = Readonly<Record<string, ScreenOutcome>>;

/** How many presentations are kept ready, and how many answers can be undone. */
export const readyTarget = 4;
const mostAtOnce = 8;
const undoDepth = 50;

export const emptyQueue = (unsent: readonly Entry[] = []): Queue => ({
  ready: [],
  outbox: unsent,
  answered: [],
  fetching: null,
  sending: false,
  failures: 0,
  obstacle: null,
  server: null,
  nothingNew: false,
  refused: [],
});

interface Events {
  fetchBegan: object;
  fetched: { presentations: readonly Presentation[]; done: number; open: number; drawing: number };
  fetchFailed: { obstacle: Obstacle | null };
  /** Time to look again for pictures that are being drawn. */
  lookAgain: object;
  answered: { id: string; answers: Answers; milliseconds: number };
  undone: { id: string };
  sendBegan: object;
  /** `renewed`: what was taken back, under the token that its next answer needs. */
  sent: { done: number | null; renewed: Presentation | null };
  sendFailed: { obstacle: Obstacle | null };
  sendRefused: { problem: string };
}
export type QueueEvent = { [K in keyof Events]: { readonly type: K } & Readonly<Events[K]> }[keyof Events];

/** What is the same when the same task is shown again, whatever the order of its sides: tokens are new each time. */
export const sameness = ({ prompt, candidates }: Presentation): string =>
  JSON.stringify([prompt, ...candidates.map(({ address, text }) => address ?? text ?? '').sort()]);

const handlers: { [K in keyof Events]: (queue: Queue, event: Events[K]) => Queue } = {
  fetchBegan: (queue) => ({ ...queue, fetching: [...held(queue)] }),
  fetched(queue, { presentations, done, open, drawing }) {
    const known = new Set([...(queue.fetching ?? []), ...held(queue)]);
    const fresh: Presentation[] = [];
    for (const presentation of presentations) {
      const key = sameness(presentation);
      if (!known.has(key)) fresh.push(presentation);
      known.add(key);
    }
    return {
      ...queue,
      fetching: null,
      failures: 0,
      obstacle: null,
      ready: [...queue.ready, ...fresh],
      // The count may be older than an acknowledgement that came meanwhile.
      server: { done: queue.server?.done ?? done, open, drawing },
      nothingNew: fresh.length === 0,
    };
  },
  fetchFailed: (queue, { obstacle }) => ({ ...queue, fetching: null, failures: queue.failures + 1, obstacle }),
  lookAgain: (queue) => ({ ...queue, nothingNew: false }),
  answered(queue, { id, answers, milliseconds }) {
    const [shown, ...ready] = queue.ready;
    if (!shown) return queue;
    const vote: Vote = { token: shown.token, answers: { ...answers }, milliseconds };
    return {
      ...queue,
      ready,
      answered: [...queue.answered, shown].slice(-undoDepth),
      outbox: [...queue.outbox, { kind: 'vote', id, vote, tried: false }],
      nothingNew: false,
    };
  },
  undone(queue, { id }) {
    const shown = queue.answered.at(-1);
    if (!shown) return queue;
    const back = { ...queue, answered: queue.answered.slice(0, -1), ready: [shown, ...queue.ready] };
    const last = queue.outbox.at(-1);
    const neverLeft = last?.kind === 'vote' && last.vote.token === shown.token && !last.tried;
    return neverLeft
      ? { ...back, outbox: queue.outbox.slice(0, -1) }
      : { ...back, outbox: [...queue.outbox, { kind: 'undo', id, token: shown.token, tried: false }] };
  },
  sendBegan(queue) {
    const [first, ...rest] = queue.outbox;
    return first ? { ...queue, sending: true, outbox: [{ ...first, tried: true }, ...rest] } : queue;
  },
  sent(queue, { done, renewed }) {
    const [first, ...outbox] = queue.outbox;
    const { ready, answered, server } = queue;
    const after: Queue = {
      ...queue,
      sending: false,
      failures: 0,
      obstacle: null,
      outbox,
      server: server && { ...server, done: done ?? server.done },
      nothingNew: false,
    };
    if (first?.kind !== 'undo' || renewed === null) return after;
    const renew = (shown: Presentation): Presentation => (shown.token === first.token ? renewed : shown);
    return {
      ...after,
      ready: ready.map(renew),
      answered: answered.map(renew),
      outbox: outbox.map((entry) => retoken(entry, first.token, renewed.token)),
    };
  },
  sendFailed: (queue, { obstacle }) => ({ ...queue, sending: false, failures: queue.failures + 1, obstacle }),
  sendRefused(queue, { problem }) {
    const [entry, ...outbox] = queue.outbox;
    if (!entry) return { ...queue, sending: false };
    const token = entry.kind === 'vote' ? entry.vote.token : entry.token;
    return {
      ...queue,
      sending: false,
      failures: 0,
      outbox,
      answered: queue.answered.filter((shown) => shown.token !== token),
      refused: [...queue.refused, { entry, problem }],
    };
  },
};

export function advance<K extends keyof Events>(queue: Queue, event: { type: K } & Events[K]): Queue {
  return handlers[event.type](queue, event);
}

/** Under another token. One that is taken back again before that was sent has left the outbox. */
const retoken = (entry: Entry, from: string, to: string): Entry =>
  entry.kind === 'vote' && entry.vote.token === from ? { ...entry, vote: { ...entry.vote, token: to } } : entry;

/** What must not be shown a second time because the server may not know of it yet. */
function held(queue: Queue): Set<string> {
  const unsent = new Set(queue.outbox.map((entry) => (entry.kind === 'vote' ? entry.vote.token : entry.token)));
  return new Set([...queue.ready, ...queue.answered.filter(({ token }) => unsent.has(token))].map(sameness));
}

/** What to ask of the server now. A new page first sends what an earlier one left, so that it is not shown again. */
export function due(queue: Queue): { readonly send: Entry | null; readonly fetch: number | null } {
  const send = queue.sending ? null : (queue.outbox[0] ?? null);
  const restoring = queue.server === null && queue.outbox.length > 0;
  const short = queue.ready.length < readyTarget && !queue.nothingNew;
  const idle = queue.fetching === null && !restoring;
  // What is held may be offered again, so as much more is asked for.
  return { send, fetch: idle && short ? Math.min(mostAtOnce, readyTarget + queue.outbox.length) : null };
}

/** Comparisons so far, those counted that the server has not acknowledged. */
export function doneSoFar(queue: Queue): number {
  const pending = queue.outbox.map((entry) => (entry.kind === 'vote' ? Object.keys(entry.vote.answers).length : -1));
  return Math.max(0, (queue.server?.done ?? 0) + pending.reduce((a, b) => a + b, 0));
}
