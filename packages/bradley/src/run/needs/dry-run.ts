import type { ResolveOptions } from '@bradley/formats';
import type { RunConfig } from '../../config/run-config.js';
import { inspectDisk } from '../../doctor-machine.js';
import { resolveRun } from '../start-run.js';
import { type AvailableMemory, availableMemory } from './available-memory.js';
import { type Calibration, calibrate, secondsPerStep } from './calibration.js';
import { type DiskNeeds, diskNeeds } from './disk-needs.js';
import { countData } from './estimate-run.js';
import { requireMemory } from './require-memory.js';
import { type DataCounts, type RunNeeds, runNeeds } from './run-needs.js';

/** What a run will take. */
export interface DryRun {
  readonly config: RunConfig;
  readonly counts: DataCounts;
  readonly memory: RunNeeds & { readonly available: AvailableMemory };
  readonly disk: DiskNeeds & { readonly freeBytes: number };
}

/** Says what a run will take in memory and on disk. Nothing is written. */
export async function dryRun(
  wanted: RunConfig,
  fetch: ResolveOptions = {},
): Promise<DryRun & { check(): Promise<void> }> {
  const { config, model } = await resolveRun(wanted, fetch);
  const counts = await countData(config);
  const needs = await runNeeds(config, model, counts);
  const available = await availableMemory();
  const { freeBytes } = await inspectDisk(config.output);
  return {
    config,
    counts,
    memory: { ...needs, available },
    disk: { ...diskNeeds(config, model, counts), freeBytes },
    /** Throws a MemoryError where it does not fit. */
    check: () => requireMemory(config, model, counts, needs, available),
  };
}

export interface Duration extends Calibration {
  readonly secondsPerStep: number;
  /** Loading and all steps: without encoding, validation and checkpoints. */
  readonly totalSeconds: number;
}

/** How long a run will take, after three of its steps on made-up data. */
export async function timeRun(config: RunConfig, { sides }: Pick<DataCounts, 'sides'>): Promise<Duration> {
  const calibration = await calibrate(config, sides);
  const each = secondsPerStep(calibration, config.train.accumulate);
  return { ...calibration, secondsPerStep: each, totalSeconds: calibration.loadSeconds + each * config.train.steps };
}
