import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from '@bradley/arena-contract';
import { hasEnded, type ObservedState, observeRun } from '@bradley/train';
import type { RunService } from '../services.js';
import { findRunFolder } from './run-folder.js';

/** What a run's folder says, without whose run it is, which is in the database, and what is drawn with it. */
export type FolderRun = Omit<Run, 'project' | 'strength'>;

/** The runs in a folder, as they are at the moment of asking. */
export interface Runs {
  readonly folder: string;
  /** Newest first. */
  list(): Promise<FolderRun[]>;
  find(id: string): Promise<FolderRun | null>;
}

/** Files of a run that have an address, by the field that holds it. */
const addressed = {
  adapter: 'pytorch_lora_weights.safetensors',
  adapterKohya: 'lora_kohya.safetensors',
  report: 'report.html',
  validation: 'validation/index.html',
  log: 'log.txt',
} as const;

/**
 * Reads run folders. What an ended run says is read once and remembered until its folder changes, so that hundreds are listed in
 * the time of two looks at each.
 */
export function openRuns({ folder: runs, describe }: Pick<RunService, 'folder' | 'describe'>): Runs {
  const remembered = new Map<string, { key: string; run: FolderRun }>();

  const find = async (id: string): Promise<FolderRun | null> => {
    const folder = await findRunFolder(runs, id);
    if (folder === null) return null;
    const key = await changeKey(folder);
    const known = remembered.get(id);
    if (known?.key === key) return known.run;
    const run = await readRun(id, folder, describe);
    if (isOver(run)) remembered.set(id, { key, run });
    else remembered.delete(id);
    return run;
  };
  return {
    folder: runs,
    find,
    async list() {
      const entries = await readdir(runs, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      const found = await Promise.all(
        entries.map((entry) => (entry.isDirectory() ? find(entry.name) : Promise.resolve(null))),
      );
      return found
        .filter((run) => run !== null)
        .sort((a, b) => (b.updatedAt ?? '').localeCompare(a.updatedAt ?? '') || a.id.localeCompare(b.id));
    },
  };
}

/** An interrupted run looks the same on the disk as the running one it was. */
const isOver = ({ status }: FolderRun): boolean => status === 'finished' || status === 'stopped' || status === 'failed';

/** Changes with whatever is created, renamed or removed in a run's folder, as its state and its lock are, and with its config. */
async function changeKey(folder: string): Promise<string> {
  const times = await Promise.all(
    [folder, join(folder, 'run.yaml')].map(async (path) => (await stat(path).catch(() => null))?.mtimeMs ?? 0),
  );
  return times.join(' ');
}

async function readRun(id: string, folder: string, describe: RunService['describe']): Promise<FolderRun> {
  const [state, described, updated] = await Promise.all([
    readState(folder),
    describe(id).catch(() => ({ objective: null, model: null, data: null })),
    stat(join(folder, 'run.yaml')).catch(() => null),
  ]);
  const addresses = await Promise.all(
    Object.entries(addressed).map(async ([field, path]) => {
      const isThere = (await stat(join(folder, path)).catch(() => null))?.isFile() ?? false;
      return [field, isThere ? fileAddress(id, path) : null] as const;
    }),
  );
  return {
    id,
    ...stateOf(state),
    step: Math.max(state?.step ?? 0, await lastStep(join(folder, 'metrics.jsonl'))),
    ...described,
    updatedAt: isoTime(state?.updatedAt) ?? updated?.mtime.toISOString() ?? null,
    ...(Object.fromEntries(addresses) as { [K in keyof typeof addressed]: string | null }),
  };
}

export const fileAddress = (run: string, path: string): string => `/api/runs/${encodeURIComponent(run)}/files/${path}`;

/** The fields of a run that its state says. */
export function stateOf(state: Pick<ObservedState, 'status' | 'totalSteps' | 'doing' | 'error'> | null) {
  return {
    status: state?.status ?? ('new' as const),
    totalSteps: state?.totalSteps ?? null,
    doing: state && hasEnded(state) ? null : (state?.doing ?? null),
    error: state?.error ?? null,
  };
}

/** A state that cannot be read is told as a failure of that run: the others are listed all the same. */
async function readState(folder: string): Promise<Omit<ObservedState, 'pid' | 'attempt' | 'resumedFrom'> | null> {
  return observeRun(folder).catch((error: Error) => ({
    status: 'failed' as const,
    step: 0,
    totalSteps: null,
    error: error.message,
    doing: null,
    lastCheckpoint: null,
    bestCheckpoint: null,
    updatedAt: '',
  }));
}

const isoTime = (text: string | undefined): string | null => {
  const time = new Date(text ?? '');
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
};

/** Enough for the last lines of a metrics.jsonl. */
const tailBytes = 8192;

/** The step of the last whole record, 0 where there is none. */
async function lastStep(path: string): Promise<number> {
  const file = await open(path).catch(() => null);
  if (file === null) return 0;
  try {
    const lines = (await lastBytes(file)).split('\n').slice(0, -1).reverse();
    const steps = lines.map((line) => /"step":(\d+)/.exec(line)?.[1]);
    return Number(steps.find((step) => step !== undefined) ?? 0);
  } finally {
    await file.close();
  }
}

async function lastBytes(file: FileHandle): Promise<string> {
  const { size } = await file.stat();
  const from = Math.max(size - tailBytes, 0);
  const bytes = Buffer.alloc(size - from);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
  return bytes.toString('utf8', 0, bytesRead);
}
