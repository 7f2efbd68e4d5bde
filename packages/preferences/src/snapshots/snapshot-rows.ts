import type { ParquetRow, ParquetType } from '@bradley/formats';
import type { Comparison } from '../record.js';

/**
 * The columns of a snapshot: the fields of the record. A field that a record lacks is null; scores by scorer are JSON, as a column cannot
 * have names that differ from row to row.
 */
export const snapshotColumns = {
  id: 'STRING',
  prompt: 'STRING',
  candidates: {
    list: {
      struct: {
        media: 'STRING',
        kind: 'STRING',
        model: 'STRING',
        seed: 'INT64',
        steps: 'INT64',
        guidance: 'DOUBLE',
        adapter: 'STRING',
      },
    },
  },
  outcome: {
    struct: { kind: 'STRING', index: 'INT32', order: { list: 'INT32' }, p: { list: 'DOUBLE' }, by: 'STRING' },
  },
  question: 'STRING',
  rater: 'STRING',
  session: 'STRING',
  at: 'TIMESTAMP',
  milliseconds: 'DOUBLE',
  shown: { list: 'INT32' },
} as const satisfies Record<string, ParquetType>;

export function rowOfRecord({ candidates, outcome, at, ...rest }: Comparison): ParquetRow {
  return {
    ...rest,
    candidates: candidates.map(({ seed, steps, ...candidate }) => ({
      ...candidate,
      ...(seed !== undefined && { seed: BigInt(seed) }),
      ...(steps !== undefined && { steps: BigInt(steps) }),
    })),
    outcome: outcome.kind === 'scores' ? { kind: outcome.kind, by: JSON.stringify(outcome.by) } : outcome,
    at: at === undefined ? null : new Date(at),
  };
}

/** What should be a record, to be validated as one. */
export function recordOfRow(row: ParquetRow): unknown {
  const { outcome, ...rest } = withoutNulls(row) as { outcome?: { by?: unknown } };
  const by = outcome?.by;
  return { ...rest, outcome: typeof by === 'string' ? { ...outcome, by: parsed(by) } : outcome };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json; // the record's schema says what it should have been
  }
}

/** A value of a column as JSON has it. */
function withoutNulls(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, part]) =>
      part === null || part === undefined ? [] : [[name, withoutNulls(part)]],
    ),
  );
}
