import { z } from 'zod';
import { floorMilliseconds, type Rates } from './machine-floor.js';
import { type Cost, operatorCost } from './operator-cost.js';

/** Time of one type of operator in a profile of ONNX Runtime. */
export interface OperatorTime extends Cost {
  readonly op: string;
  /** Kernel runs in one run of the model. */
  readonly nodes: number;
  /** In one run of the model. */
  readonly milliseconds: number;
  /** Of all kernels. */
  readonly share: number;
}

/** `[{"float": [2, 320]}, …]` */
const shapes = z.array(z.record(z.string(), z.array(z.number()))).default([]);

const eventSchema = z.looseObject({
  cat: z.string().optional(),
  name: z.string().optional(),
  dur: z.number().optional(),
  args: z
    .looseObject({ op_name: z.string().optional(), input_type_shape: shapes, output_type_shape: shapes })
    .optional(),
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
  const byOp = new Map<string, Cost & { nodes: number; microseconds: number }>();
  for (const { dur, args } of kernels) {
    const op = args?.op_name ?? 'unnamed';
    const sum = byOp.get(op) ?? { nodes: 0, microseconds: 0, flops: 0, bytes: 0 };
    const shapesOf = (list: z.infer<typeof shapes> = []) => list.map((each) => Object.values(each)[0] ?? []);
    const cost = operatorCost(op, shapesOf(args?.input_type_shape), shapesOf(args?.output_type_shape));
    byOp.set(op, {
      nodes: sum.nodes + 1,
      microseconds: sum.microseconds + (dur ?? 0),
      flops: sum.flops + cost.flops,
      bytes: sum.bytes + cost.bytes,
    });
  }
  const total = [...byOp.values()].reduce((sum, { microseconds }) => sum + microseconds, 0);
  return [...byOp]
    .map(([op, { nodes, microseconds, flops, bytes }]) => ({
      op,
      nodes: nodes / runs,
      milliseconds: microseconds / 1000 / runs,
      share: microseconds / total,
      flops: flops / runs,
      bytes: bytes / runs,
    }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

/** A table of text, one operator type a line, and the sum; beside the time the least that this machine could need. */
export function operatorTable(times: readonly OperatorTime[], rates: Rates): string {
  const sum = (of: (time: OperatorTime) => number): number => times.reduce((total, time) => total + of(time), 0);
  const total = {
    op: 'all',
    nodes: sum(({ nodes }) => nodes),
    milliseconds: sum(({ milliseconds }) => milliseconds),
    share: 1,
    flops: sum(({ flops }) => flops),
    bytes: sum(({ bytes }) => bytes),
  };
  const floors = [
    ...times.map((time) => floorMilliseconds(time, rates)),
    sum((time) => floorMilliseconds(time, rates)),
  ];
  const rows = [...times, total].map(({ op, nodes, milliseconds, share, flops, bytes }, i) => [
    op,
    nodes.toFixed(0),
    milliseconds.toFixed(2),
    `${(share * 100).toFixed(1)} %`,
    (flops / 1e9).toFixed(1),
    (bytes / 1e9).toFixed(2),
    (floors[i] as number).toFixed(2),
  ]);
  const table = [['operator', 'nodes', 'ms a run', 'share', 'GFLOP', 'GB', 'floor ms'], ...rows];
  const width = (column: number) => Math.max(...table.map((row) => (row[column] as string).length));
  return table
    .map(([op, ...numbers]) => [op?.padEnd(width(0)), ...numbers.map((n, i) => n.padStart(width(i + 1)))].join('  '))
    .join('\n');
}
