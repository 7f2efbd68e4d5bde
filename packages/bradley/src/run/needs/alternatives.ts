import type { DiffusionModel } from '@bradley/models';
import { pictureSizes, sideMultiple } from '@bradley/train';
import { ConfigError, type Overrides, parseRunConfig } from '../../config/load-run-config.js';
import type { RunConfig } from '../../config/run-config.js';
import { tables } from '../../tables.js';
import { type DataCounts, runNeeds } from './run-needs.js';

/** A config that needs less, and how much that is. */
export interface Alternative {
  /** What to set, by dotted name. */
  readonly set: Overrides;
  readonly peak: number;
}

type Change = (config: RunConfig, model: DiffusionModel) => Overrides | null;

/** What makes a run need less, what changes it least first. */
const changes: readonly Change[] = [
  ({ train }) => (train.recompute ? null : { 'train.recompute': true }),
  ({ train }) => (train.frozenWeights === 'stored' ? { 'train.frozenWeights': 'float16' } : null),
  ({ train }) => (train.frozenWeights === 'int8' ? null : { 'train.frozenWeights': 'int8' }),
  ({ train: { batch, accumulate } }) =>
    batch > 1 ? { 'train.batch': 1, 'train.accumulate': batch * accumulate } : null,
  ({ data }, model) => {
    const [square] = pictureSizes(model, data);
    const multiple = sideMultiple(model);
    const half = Math.floor((square?.height ?? 0) / 2 / multiple) * multiple;
    return half > 0 ? { 'data.resolution': half } : null;
  },
  ({ adapter }) => (adapter.kind === 'full' ? { 'adapter.kind': 'lora' } : null),
];

/**
 * What would need less memory than a config, each with its own peak: every change alone, then ever more of them together. Changes that
 * the config does not admit, and those that save nothing, are left out.
 */
export async function alternatives(
  config: RunConfig,
  model: DiffusionModel,
  counts: DataCounts,
  peak: number,
): Promise<Alternative[]> {
  const alone = changes.map((change) => change(config, model)).filter((set) => set !== null);
  const found: Alternative[] = [];
  for (const set of alone) {
    const needs = await peakOf(set, config, model, counts);
    if (needs !== null && needs < peak) found.push({ set, peak: needs });
  }
  let together: Overrides = {};
  for (const [i, { set }] of [...found].entries()) {
    together = { ...together, ...set };
    if (i === 0) continue;
    const needs = await peakOf(together, config, model, counts);
    if (needs !== null) found.push({ set: together, peak: needs });
  }
  return found;
}

async function peakOf(
  set: Overrides,
  config: RunConfig,
  model: DiffusionModel,
  counts: DataCounts,
): Promise<number | null> {
  try {
    const changed = parseRunConfig(JSON.stringify(config), 'an alternative', set, tables); // JSON is YAML
    return (await runNeeds(changed, model, counts)).peak;
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}
