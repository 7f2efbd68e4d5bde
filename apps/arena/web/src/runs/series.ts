import type { MetricRecord } from '@bradley/arena-contract';

export interface Point {
  readonly step: number;
  readonly value: number;
}

/** The numbers of one metric. */
export const series = (records: readonly MetricRecord[], metric: string): Point[] =>
  records.flatMap((record) => {
    const value = record[metric];
    return typeof value === 'number' ? [{ step: record.step, value }] : [];
  });

/** The names of all metrics that have numbers, in the order in which they first appear. */
export const metricsOf = (records: readonly MetricRecord[]): string[] => [
  ...new Set(records.flatMap((record) => Object.keys(record).filter((name) => typeof record[name] === 'number'))),
];

/**
 * An exponential mean over about `window` points, so that noisy curves show where they go. Divided by the weights so far, as Adam
 * does, so that it does not begin at zero.
 */
export function smooth(points: readonly Point[], window: number): Point[] {
  const keep = 1 - 1 / Math.max(1, window);
  let sum = 0;
  let weight = 0;
  return points.map(({ step, value }) => {
    sum = keep * sum + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return { step, value: sum / weight };
  });
}

/** Seconds a step by the last of them, and seconds that the rest will take; null where nothing can be said. */
export function pace(
  records: readonly MetricRecord[],
  totalSteps: number | null,
): { perStep: number; left: number | null } | null {
  const recent = series(records, 'seconds').slice(-20);
  const last = recent.at(-1);
  if (!last) return null;
  const perStep = recent.reduce((sum, { value }) => sum + value, 0) / recent.length;
  return { perStep, left: totalSteps === null ? null : Math.max(0, totalSteps - last.step) * perStep };
}
