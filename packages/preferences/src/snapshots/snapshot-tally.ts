import { isRemote } from '../media-address.js';
import type { StoredComparison } from '../store/exports.js';

/** What a card says of the comparisons, counted as they go by. */
export interface SnapshotTally {
  comparisons: number;
  kinds: Map<string, number>;
  questions: Map<string, number>;
  origins: Map<string, number>;
  models: Map<string, number>;
  raters: Set<string>;
  corrected: number;
  /** Candidates that are addresses on the network. */
  remote: number;
  first: Date | null;
  last: Date | null;
}

export function newTally(): SnapshotTally {
  return {
    comparisons: 0,
    kinds: new Map(),
    questions: new Map(),
    origins: new Map(),
    models: new Map(),
    raters: new Set(),
    corrected: 0,
    remote: 0,
    first: null,
    last: null,
  };
}

/** Where a comparison came from, for people: who kept it says `arena`, `import:<id>` or `key:<id>`. */
const origins: Readonly<Record<string, string>> = { arena: 'the arena', import: 'imports', key: 'products' };

export function count(tally: SnapshotTally, row: StoredComparison): void {
  const { candidates, outcome, question, raterId, at, source, corrections } = row;
  tally.comparisons++;
  add(tally.kinds, outcome.kind);
  add(tally.questions, question);
  const origin = source.split(':')[0] ?? source;
  add(tally.origins, origins[origin] ?? origin);
  for (const { model, adapter } of candidates)
    if (model !== undefined) add(tally.models, adapter === undefined ? model : `${model} with ${adapter}`);
  tally.remote += candidates.filter(({ kind, media }) => kind !== 'text' && isRemote(media)).length;
  if (raterId !== null) tally.raters.add(raterId);
  if (corrections > 0) tally.corrected++;
  if (at !== null && (tally.first === null || at < tally.first)) tally.first = at;
  if (at !== null && (tally.last === null || at > tally.last)) tally.last = at;
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
