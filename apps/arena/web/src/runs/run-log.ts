import { type MetricRecord, metricRecordSchema, type Run, runSchema } from '@bradley/arena-contract';
import { z } from 'zod';

/** What is known of a run that is followed. */
export interface RunLog {
  readonly run: Run | null;
  /** In the order of their steps. */
  readonly records: readonly MetricRecord[];
  readonly ended: boolean;
}

export const emptyLog: RunLog = { run: null, records: [], ended: false };

/** What each of the server's events does. */
const handlers: Readonly<Record<string, (log: RunLog, data: unknown) => RunLog>> = {
  state: (log, data) => ({ ...log, run: runSchema.parse(data) }),
  metrics: (log, data) => ({ ...log, records: [...log.records, ...z.array(metricRecordSchema).parse(data)] }),
  rewind(log, data) {
    const { step } = z.object({ step: z.number().nullable() }).parse(data);
    return { ...log, records: step === null ? [] : log.records.filter((record) => record.step <= step) };
  },
  end: (log, data) => ({ ...log, run: data === null ? log.run : runSchema.parse(data), ended: true }),
};

export const runEvents = Object.keys(handlers);

export const readEvent = (log: RunLog, event: string, data: unknown): RunLog => handlers[event]?.(log, data) ?? log;
