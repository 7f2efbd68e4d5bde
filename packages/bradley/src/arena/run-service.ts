import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { RunService } from '@bradley/arena-server';
import { openComparisons } from '@bradley/preferences';
import { tailRun } from '@bradley/train';
import { parseRunConfig } from '../config/load-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { configOfRun, resumeRun, startRun } from '../run/start-run.js';
import { tables } from '../tables.js';
import { planCarryOver } from './carry-over.js';
import { carriedPairs, tasteRunConfig } from './taste-run-config.js';

export interface RunServiceOptions {
  /** The folder that runs lie in, and are made in. */
  readonly folder: string;
  /** The model that tastes are trained on. Default the emoji model. */
  readonly model?: string | undefined;
  /** Where data that a config calls by a name is looked for, unless it says so itself. */
  readonly snapshots: string;
  /** Threads of a run's kernels, where its config does not say. */
  readonly threads?: number | undefined;
  /** The words of a prompt that the model has never seen. */
  readonly unknownWords: (prompt: string) => readonly string[];
}

type Described = Awaited<ReturnType<RunService['describe']>>;

/** Starts runs for the arena's server, and reads their configs: what it may not know itself. */
export function openRunService(options: RunServiceOptions): RunService {
  const { folder: relative, model, threads, snapshots, unknownWords } = options;
  const folder = resolve(relative);
  const described = new Map<string, { key: number; config: Described }>();

  /** A run in a folder of its own, whose name is free. */
  const startNamed = async (
    name: string,
    configFor: (output: string) => RunConfig | Promise<RunConfig>,
  ): Promise<string> => {
    await mkdir(folder, { recursive: true });
    const id = await freeName(folder, name);
    await startRun(await configFor(join(folder, id)));
    return id;
  };
  return {
    folder,
    startTaste: ({ name, data, choices }) =>
      startNamed(name, async (output) => {
        const { pairs } = await planCarryOver(await openComparisons(data), carriedPairs, unknownWords);
        const to = { data, output, choices, carryOver: pairs.length, threads: threads ?? null };
        return tasteRunConfig({ ...to, ...(model === undefined ? {} : { model }) });
      }),
    start: (name, yaml) =>
      startNamed(name, (output) => {
        const config = parseRunConfig(yaml, 'the run', { output }, tables);
        const { data, train } = config;
        return {
          ...config,
          data: { ...data, snapshots: data.snapshots ?? snapshots },
          train: { ...train, threads: train.threads ?? threads ?? null },
        };
      }),
    async resume(run) {
      const { folder: resumed, pid } = await resumeRun(join(folder, run));
      await hasBegun(resumed, pid);
    },
    async describe(run) {
      const key = (await stat(join(folder, run, 'run.yaml'))).mtimeMs;
      const known = described.get(run);
      if (known?.key === key) return known.config;
      const { objective, model: of, data } = await configOfRun(join(folder, run));
      const config = { objective: objective.name, model: of, data: data.path };
      described.set(run, { key, config });
      return config;
    },
  };
}

/** Milliseconds; a process that takes longer is followed all the same. */
const longestBeginning = 60_000;

/**
 * Returns once a process has written into the run's folder that it runs: until then that says how the one before ended.
 *
 * @throws NotStartedError when it ends before
 */
async function hasBegun(folder: string, pid: number): Promise<void> {
  const events = tailRun(folder, { pid, signal: AbortSignal.timeout(longestBeginning) });
  for await (const event of events) if (event.kind === 'state' && event.state.pid === pid) return;
}

/** A name for a folder, of letters that need no care in an address: the first of `name`, `name-2`, … that is free. */
async function freeName(folder: string, name: string): Promise<string> {
  const plain = name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  const base = (plain || 'run').slice(0, 80);
  for (let i = 1; ; i++) {
    const id = i === 1 ? base : `${base}-${i}`;
    if ((await stat(join(folder, id)).catch(() => null)) === null) return id;
  }
}
