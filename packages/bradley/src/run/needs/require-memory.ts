import type { DiffusionModel } from '@bradley/models';
import type { Overrides } from '../../config/load-run-config.js';
import type { RunConfig } from '../../config/run-config.js';
import { type Alternative, alternatives } from './alternatives.js';
import { type AvailableMemory, availableMemory } from './available-memory.js';
import { decimalBytes } from './part.js';
import type { DataCounts, RunNeeds } from './run-needs.js';

/** A run that does not fit into the memory that there is. */
export class MemoryError extends Error {
  override readonly name = 'MemoryError';
}

/**
 * Refuses a run on a CPU whose peak is above what is available, unless it says `train.ignoreMemory`. Of other devices it is not known.
 *
 * @throws MemoryError which names what would fit, each with its own peak
 */
export async function requireMemory(
  config: RunConfig,
  model: DiffusionModel,
  counts: DataCounts,
  needs: RunNeeds,
  available?: AvailableMemory,
): Promise<void> {
  if (config.train.ignoreMemory || config.train.device !== 'cpu') return;
  const { bytes: free, by } = available ?? (await availableMemory());
  if (needs.peak <= free) return;
  const tried = await alternatives(config, model, counts, needs.peak);
  throw new MemoryError(
    [
      `This run needs ${decimalBytes(needs.peak)} of memory, most of it while ${needs.largest.name}, and ${decimalBytes(free)} are available (${by}).`,
      ...what(
        'Would fit:',
        tried.filter(({ peak }) => peak <= free),
      ),
      ...what(
        'Would not fit either:',
        tried.filter(({ peak }) => peak > free),
      ),
      'To see it part by part: --dry-run. To go ahead all the same: --train.ignore-memory',
    ].join('\n'),
  );
}

function what(title: string, some: readonly Alternative[]): string[] {
  if (some.length === 0) return [];
  return [title, ...some.map(({ set, peak }) => `  ${decimalBytes(peak).padStart(9)}  ${flagsOf(set)}`)];
}

/** "--train.recompute --train.batch 1" */
export function flagsOf(set: Overrides): string {
  const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.entries(set)
    .map(([name, value]) => (value === true ? `--${dashed(name)}` : `--${dashed(name)} ${value}`))
    .join(' ');
}
