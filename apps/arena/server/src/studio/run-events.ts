import { type MetricRecord, type ObservedState, observeRun, type RunEvent, tailRun } from '@bradley/train';
import { bursts } from './bursts.js';
import { type FolderRun, stateOf } from './runs.js';

/** One server-sent event; null is a comment that keeps the connection open. */
export type RunMessage = { readonly event: string; readonly data: unknown; readonly id?: string } | null;

export interface RunEventOptions {
  readonly describe: () => Promise<FolderRun | null>;
  /** The id of the last event that the client has. */
  readonly lastId?: string | undefined;
  readonly signal: AbortSignal;
  /** Milliseconds; for tests. */
  readonly heartbeat?: number;
}

/** Records in one event. */
const batch = 500;

/**
 * What the client has: records, counted, of an attempt of the run, and whether it was told that this ended. A step would not do:
 * several records have the same, and after a resume a step may come again with other numbers.
 */
const idOf = (attempt: number, records: number, ended = false): string => `${attempt}.${records}${ended ? '.end' : ''}`;

function parseId(id: string | undefined): { attempt: number; records: number; ended: boolean } | null {
  const [, attempt, records, ended] = /^(\d{1,9})\.(\d{1,12})(\.end)?$/.exec(id ?? '') ?? [];
  return attempt && records ? { attempt: Number(attempt), records: Number(records), ended: ended !== undefined } : null;
}

/** Whether there is nothing to tell a client any more: it was told the end, and the run was not started again since. */
export async function knowsTheEnd(folder: string, lastId: string | undefined): Promise<boolean> {
  const known = parseId(lastId);
  return known?.ended === true && (await observeRun(folder))?.attempt === known.attempt;
}

/** The events of a run for one client, from the first record on or from where it stopped, until the run ends. */
export async function* runMessages(
  folder: string,
  { describe, lastId, signal, heartbeat = 15_000 }: RunEventOptions,
): AsyncGenerator<RunMessage> {
  const run = await describe();
  if (run === null) return;
  yield { event: 'state', data: run };
  const tail = tailRun(folder, { signal });
  try {
    const progress: Progress = { attempt: null, steps: [], waiting: [], known: parseId(lastId) };
    for await (const burst of bursts(tail, { wait: 100, quiet: heartbeat, most: 5000 })) {
      if (burst.length === 0) yield null;
      for (const event of burst) yield* messagesOf(event, progress, describe);
      yield* pending(progress);
    }
    if (!signal.aborted) yield { event: 'end', data: await describe(), id: idOf(...seen(progress), true) };
  } catch (error) {
    if (signal.aborted) return;
    yield { event: 'end', data: { ...run, error: error instanceof Error ? error.message : String(error) } };
  } finally {
    await tail.return(undefined);
  }
}

interface Progress {
  /** Of the records that come; null until a state says so, at the beginning and after a resume. */
  attempt: number | null;
  /** The steps of all records that the client has. */
  steps: number[];
  /** Records to be sent. */
  waiting: MetricRecord[];
  /** What the client had when it came back. */
  known: ReturnType<typeof parseId>;
}

const seen = ({ attempt, steps }: Progress): [number, number] => [attempt ?? 0, steps.length];

/** The messages that an event is the occasion of; metrics wait, for more of them or for the attempt that they belong to. */
async function* messagesOf(
  event: RunEvent,
  progress: Progress,
  describe: RunEventOptions['describe'],
): AsyncGenerator<RunMessage> {
  if (event.kind === 'metrics') {
    progress.waiting.push(event.record);
  } else if (event.kind === 'rewind') {
    yield* pending(progress);
    progress.attempt = null;
    const { step } = event;
    progress.steps = step === null ? [] : progress.steps.filter((of) => of <= step);
    yield { event: 'rewind', data: { step } };
  } else {
    yield* beginAttempt(event.state, progress);
    yield* pending(progress);
    const run = await describe();
    if (run) yield { event: 'state', data: { ...run, ...stateOf(event.state) }, id: idOf(...seen(progress)) };
  }
}

/** Now that the attempt is known: leaves out what a client that came back has of it, or has it forget what it has of another. */
function* beginAttempt({ attempt }: ObservedState, progress: Progress): Generator<RunMessage> {
  progress.attempt = attempt;
  const { known } = progress;
  progress.known = null;
  if (known === null) return;
  if (known.attempt === attempt && known.records <= progress.waiting.length)
    progress.steps.push(...progress.waiting.splice(0, known.records).map(({ step }) => step));
  else yield { event: 'rewind', data: { step: null } };
}

function* pending(progress: Progress): Generator<RunMessage> {
  if (progress.attempt === null) return;
  while (progress.waiting.length > 0) {
    const records = progress.waiting.splice(0, batch);
    for (const { step } of records) progress.steps.push(step);
    yield { event: 'metrics', data: records, id: idOf(...seen(progress)) };
  }
}
