import { z } from 'zod';

/** Time of one type of operator in a profile of ONNX Runtime. */
export interface OperatorTime {
  readonly op: string;
  /** Kernel runs in one run of the model. */
  readonly nodes: number;
  /** In one run of the model. */
  readonly milliseconds: number;
  /** Of all kernels. */
  readonly share: number;
}

const eventSchema = z.looseObject({
  cat: z.string().optional(),
  name: z.string().optional(),
  dur: z.number().optional(),
  args: z.looseObject({ op_name: z.string().optional() }).optional(),
});

/**
 * Adds up a profile file (JSON, a list of trace events) by operator type, slowest first, per run of the model.
 *
 * @throws Error when the file holds no kernel events: profiling was off, or the session was not ended.
 */
export function operatorTimes(profile: string): OperatorTime[] {
  const events = z.array(eventSchema).parse(JSON.parse(profile));
  const runs = events.filter(({ name }) => name === 'model_run').length;
  const kernels = events.filter(({ cat, name }) => cat === 'Node' && name?.endsWith('_kernel_time'));
  if (runs === 0 || kernels.length === 0)
    throw new Error(
      `the profile holds ${runs} runs and ${kernels.length} kernels: expected both. Was profiling ended before it was read?`,
    );
  const byOp = new Map<string, { nodes: number; microseconds: number }>();
  for (const { dur, args } of kernels) {
    const op = args?.op_name ?? 'unnamed';
    const { nodes, microseconds } = byOp.get(op) ?? { nodes: 0, microseconds: 0 };
    byOp.set(op, { nodes: nodes + 1, microseconds: microseconds + (dur ?? 0) });
  }
  const total = [...byOp.values()].reduce((sum, { microseconds }) => sum + microseconds, 0);
  return [...byOp]
    .map(([op, { nodes, microseconds }]) => ({
      op,
      nodes: nodes / runs,
      milliseconds: microseconds / 1000 / runs,
      share: microseconds / total,
    }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

/** A table of text, one operator type a line. */
export function operatorTable(times: readonly OperatorTime[]): string {
  const rows = times.map(({ op, nodes, milliseconds, share }) => [
    op,
    nodes.toFixed(0),
    milliseconds.toFixed(2),
    `${(share * 100).toFixed(1)} %`,
  ]);
  const table = [['operator', 'nodes', 'ms a run', 'share'], ...rows];
  const width = (column: number) => Math.max(...table.map((row) => (row[column] as string).length));
  return table
    .map(([op, ...numbers]) => [op?.padEnd(width(0)), ...numbers.map((n, i) => n.padStart(width(i + 1)))].join('  '))
    .join('\n');
}
