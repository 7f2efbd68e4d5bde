import { type FileHandle, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventFileStart, imageEvent, scalarsEvent } from '@bradley/formats';
import { explainFullDisk } from './full-disk.js';
import type { MetricRecord } from './metrics.js';
import { type Grid, savedGrids } from './pictures.js';

/** What TensorBoard reads of a run: the numbers of metrics.jsonl and the grids of validation/, and nothing of its own. */
export interface EventFile {
  readonly path: string;
  readonly file: FileHandle;
  /** When the last record was made: one without a time of its own was made then. */
  latest: number;
}

/**
 * Starts the event file of a run anew, from its records so far: as a run that resumes has cut back its metrics, there is no step
 * twice and none that did not happen. The name says when it was written and which attempt at the run this is, so that a
 * TensorBoard that is looking takes it for a new file.
 */
export async function openEvents(run: string, records: readonly MetricRecord[], attempt: number): Promise<EventFile> {
  const folder = join(run, 'tensorboard');
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder))
    if (name.startsWith('events.out.tfevents.')) await rm(join(folder, name), { force: true });
  const now = Date.now() / 1000;
  const path = join(folder, `events.out.tfevents.${Math.floor(now)}.${attempt}`);
  const [first] = records.flatMap(timeOf);
  const grids = await savedGrids(run);
  const events: EventFile = { path, file: await open(path, 'w'), latest: first ?? now };
  try {
    await write(events, eventFileStart(events.latest));
    await writeSoFar(events, records, grids);
  } catch (error) {
    await events.file.close();
    throw error;
  }
  events.latest = now;
  return events;
}

/** Writes the records of a run, and each grid of pictures before the first record after it. Takes them out of `grids`. */
async function writeSoFar(events: EventFile, records: readonly MetricRecord[], grids: Grid[]): Promise<void> {
  const gridsBefore = async (limit: number): Promise<void> => {
    for (let grid = grids[0]; grid && grid.step < limit; grid = grids[0]) {
      await writeGrid(events, grid);
      grids.shift();
    }
  };
  for (const record of records) {
    await gridsBefore(record.step);
    await writeRecord(events, record);
  }
  await gridsBefore(Number.POSITIVE_INFINITY);
}

/** Appends what a record says in numbers: of a training step as `train/…`, of anything else as `validation/…`. */
export async function writeRecord(events: EventFile, record: MetricRecord): Promise<void> {
  const [time = events.latest] = timeOf(record);
  events.latest = time;
  const { step, ...values } = record;
  const group = 'loss' in record ? 'train' : 'validation';
  const scalars = Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'number' && Number.isFinite(value) ? [[`${group}/${name}`, value] as const] : [],
  );
  if (scalars.length) await write(events, scalarsEvent({ step, wallTime: time }, Object.fromEntries(scalars)));
}

/** Appends a grid of pictures. */
export async function writeGrid(events: EventFile, { step, path }: Grid): Promise<void> {
  await write(events, imageEvent({ step, wallTime: events.latest }, 'validation/pictures', await readFile(path)));
}

async function write({ file, path }: EventFile, bytes: Uint8Array): Promise<void> {
  try {
    await file.writeFile(bytes);
  } catch (error) {
    throw await explainFullDisk(error, path, 'what TensorBoard would show was not written');
  }
}

/** Seconds since 1970, of a record that has a time. */
const timeOf = ({ at }: MetricRecord): number[] => (typeof at === 'string' ? [Date.parse(at) / 1000] : []);
