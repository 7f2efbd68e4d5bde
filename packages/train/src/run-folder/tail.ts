import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { identifyProcess } from '@bradley/formats';
import { lines, type MetricRecord } from './metrics.js';
import { hasEnded, type ObservedState, observeRun } from './observe.js';

export type RunEvent =
  | { readonly kind: 'metrics'; readonly record: MetricRecord }
  | { readonly kind: 'state'; readonly state: ObservedState }
  /** The run resumed: forget the records after this step, or all for null; they come again. */
  | { readonly kind: 'rewind'; readonly step: number | null };

/** `spawnRun`'s process ended before it opened the run. */
export class NotStartedError extends Error {
  override readonly name = 'NotStartedError';
}

const pollMilliseconds = 200;

/**
 * Follows a run from its first record until it ends, by reading its folder; it may be killed and resumed meanwhile, and
 * so may we. Ends, without an error, when `signal` is aborted.
 * @param pid the process that `spawnRun` has just started, whose beginning is waited for; without it, a run that has
 *   ended already is told and that is all
 * @throws NotStartedError when that process ends without having opened the run
 */
export async function* tailRun(
  folder: string,
  { signal, pid }: { signal?: AbortSignal; pid?: number } = {},
): AsyncGenerator<RunEvent> {
  const path = join(folder, 'metrics.jsonl');
  let offset = 0;
  let shown: ObservedState | null = null;
  let awaited = pid;
  while (signal?.aborted !== true) {
    const gone = awaited !== undefined && (await identifyProcess(awaited)) === null;
    const before = await observeRun(folder);
    if (before !== null && before.pid === awaited) awaited = undefined;
    const ended = before !== null && hasEnded(before) && awaited === undefined;
    if (before !== null && shown !== null && before.attempt !== shown.attempt) {
      offset = (await readFrom(path, 0, (record) => before.resumedFrom !== null && record.step <= before.resumedFrom))
        .end;
      yield { kind: 'rewind', step: before.resumedFrom };
    }
    const { records, end } = await readFrom(path, offset, () => true);
    // A process that resumes cuts the file, writes its state and then appends: the same attempt means the same file.
    const after = await observeRun(folder);
    if (after?.attempt === before?.attempt) {
      offset = end;
      for (const record of records) yield { kind: 'metrics', record };
      if (before !== null && !isDeepStrictEqual(before, shown)) yield { kind: 'state', state: before };
      shown = before;
    }
    if (ended) return;
    if (gone && awaited !== undefined)
      throw new NotStartedError(
        `${folder}: process ${awaited} ended before it opened the run. ${join(folder, 'log.txt')} says why.`,
      );
    await sleep(pollMilliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

/** The records from a byte offset on while `wanted`, and the offset after the last of them. */
async function readFrom(
  path: string,
  offset: number,
  wanted: (record: MetricRecord) => boolean,
): Promise<{ records: MetricRecord[]; end: number }> {
  const records: MetricRecord[] = [];
  let end = offset;
  for (const line of lines(await bytesFrom(path, offset), path)) {
    if (!wanted(line.record)) break;
    records.push(line.record);
    end = offset + line.end;
  }
  return { records, end };
}

/** The bytes of a file from an offset on; none when it is not there, or shorter. */
async function bytesFrom(path: string, offset: number): Promise<Buffer> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return Buffer.alloc(0);
  try {
    const { size } = await file.stat();
    if (size <= offset) return Buffer.alloc(0);
    const bytes = Buffer.alloc(size - offset);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
