import { type FileHandle, open, readFile } from 'node:fs/promises';
import { type EventFile, writeGrid, writeRecord } from './event-file.js';
import { explainFullDisk } from './full-disk.js';
import type { Grid } from './pictures.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One line of metrics.jsonl. A number that is not finite is written as null, as JSON has no other way. */
export interface MetricRecord {
  readonly step: number;
  readonly [name: string]: Json;
}

/** The open metrics.jsonl of the run's only writer. */
export interface MetricsLog {
  readonly path: string;
  readonly file: FileHandle;
  /** Bytes of whole lines in the file. */
  size: number;
  /** Where the same is written for TensorBoard, once it is opened. */
  events: EventFile | null;
}

const newline = 0x0a;

/** Opens metrics.jsonl for appending, creating it; a last line that a killed process left incomplete is cut off. */
export async function openMetrics(path: string): Promise<MetricsLog> {
  const file = await open(path, 'a+');
  try {
    const bytes = await file.readFile();
    const size = bytes.lastIndexOf(newline) + 1;
    if (size < bytes.length) await file.truncate(size);
    return { path, file, size, events: null };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Nothing is appended any more. */
export async function closeMetrics({ file, events }: MetricsLog): Promise<void> {
  await events?.file.close();
  await file.close();
}

/**
 * Appends one line in one write, and its numbers for TensorBoard. When the line fails (a full disk), what was written of it is
 * taken back.
 */
export async function appendMetrics(log: MetricsLog, record: MetricRecord): Promise<void> {
  const line = Buffer.from(`${JSON.stringify(record)}\n`);
  try {
    let written = 0; // a nearly full disk takes a part, and fails only at the next write
    while (written < line.length) written += (await log.file.write(line, written)).bytesWritten;
    log.size += line.length;
  } catch (error) {
    await log.file.truncate(log.size);
    throw await explainFullDisk(error, log.path, 'the metrics of a step were not written');
  }
  if (log.events) await writeRecord(log.events, record);
}

/** Shows a validation's grid of pictures in TensorBoard; its file says the rest. */
export async function recordGrid({ events }: MetricsLog, grid: Grid): Promise<void> {
  if (events) await writeGrid(events, grid);
}

/**
 * Cuts the log to the records up to and including `step`, as a run does that resumes from the checkpoint of that step,
 * or to none for null. Records must be in the order of their steps.
 */
export async function rewindMetrics(log: MetricsLog, step: number | null): Promise<void> {
  const bytes = await readFile(log.path);
  let end = 0;
  for (const { record, end: next } of lines(bytes, log.path)) {
    if (step === null || record.step > step) break;
    end = next;
  }
  await log.file.truncate(end);
  log.size = end;
}

/** The records so far, oldest first. */
export async function readRecords(log: MetricsLog): Promise<MetricRecord[]> {
  return Array.from(lines(await readFile(log.path), log.path), ({ record }) => record);
}

/** The records in the bytes of a metrics.jsonl, each with the offset after its line; an incomplete last line is left. */
export function* lines(bytes: Buffer, path: string): Generator<{ record: MetricRecord; end: number }> {
  let start = 0;
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, start)) {
    yield { record: parseRecord(bytes.toString('utf8', start, at), path, start), end: at + 1 };
    start = at + 1;
  }
}

function parseRecord(line: string, path: string, offset: number): MetricRecord {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    // falls through to the error below
  }
  if (typeof record === 'object' && record !== null && 'step' in record && typeof record.step === 'number')
    return record as MetricRecord;
  throw new Error(
    `${path}: at byte ${offset} expected a JSON object with a "step", found ${line.slice(0, 60)}. ` +
      'Something else has written into this file: remove that line.',
  );
}
