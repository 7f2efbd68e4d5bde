import type { MetricRecord } from '@bradley/train';

/** How far a run is and how fast, as its metrics arrive. */
export interface Progress {
  readonly step: number;
  readonly totalSteps: number | null;
  /** Null before there are two arrivals to compare. */
  readonly stepsPerSecond: number | null;
  readonly secondsLeft: number | null;
  /** The numbers of the last training record. */
  readonly latest: MetricRecord | null;
}

/**
 * Follows the rate over the last half minute of arrivals. Records that arrive together, as all of the past do when a run
 * is joined, count as one arrival.
 */
export function progressMeter(): {
  see(record: MetricRecord, totalSteps: number | null, milliseconds: number): void;
  rewind(): void;
  progress(): Progress;
} {
  let arrivals: { step: number; at: number }[] = [];
  let latest: MetricRecord | null = null;
  let total: number | null = null;
  return {
    see(record, totalSteps, at) {
      total = totalSteps;
      latest = record;
      const last = arrivals.at(-1);
      if (last !== undefined && at - last.at < together) arrivals.pop();
      arrivals.push({ step: record.step, at: last !== undefined && at - last.at < together ? last.at : at });
      while (arrivals.length > 2 && at - (arrivals[0]?.at ?? at) > window) arrivals.shift();
    },
    rewind() {
      arrivals = [];
    },
    progress() {
      const [first, last] = [arrivals[0], arrivals.at(-1)];
      const elapsed = first === undefined || last === undefined ? 0 : (last.at - first.at) / 1000;
      const rate = elapsed > 0 && last !== undefined && first !== undefined ? (last.step - first.step) / elapsed : null;
      const step = latest?.step ?? 0;
      const secondsLeft = total === null || rate === null || rate === 0 ? null : (total - step) / rate;
      return { step, totalSteps: total, stepsPerSecond: rate, secondsLeft, latest };
    },
  };
}

const together = 50;
const window = 30_000;

/** "step 120/500  loss 0.6812  implicit accuracy 0.71  8.3 comparisons/s  2 min 40 s left" */
export function progressLine(
  { step, totalSteps, stepsPerSecond, secondsLeft, latest }: Progress,
  pairsPerStep: number,
): string {
  const parts = [`step ${step}${totalSteps === null ? '' : `/${totalSteps}`}`];
  if (typeof latest?.loss === 'number') parts.push(`loss ${significant(latest.loss)}`);
  if (latest?.loss === null) parts.push('loss not finite');
  if (typeof latest?.implicitAccuracy === 'number')
    parts.push(`implicit accuracy ${latest.implicitAccuracy.toFixed(2)}`);
  if (stepsPerSecond !== null) parts.push(`${significant(stepsPerSecond * pairsPerStep, 2)} comparisons/s`);
  if (secondsLeft !== null) parts.push(`${duration(secondsLeft)} left`);
  return parts.join('  ');
}

/**
 * "step 100  held-out loss 0.6812  held-out accuracy 0.61 (33 of 54, 48–73 %)": a record that is not of a training step.
 * A remark is its words alone.
 */
export function recordLine({ step, ...values }: MetricRecord): string {
  if (typeof values.message === 'string') return values.message;
  const { heldOutAccuracy, heldOutAccuracyLow, heldOutAccuracyHigh, heldOutPairs, ...others } = values;
  const texts = Object.entries(others).flatMap(([name, value]) =>
    typeof value === 'number'
      ? `${words(name)} ${significant(value)}`
      : typeof value === 'string'
        ? `${words(name)} ${value}`
        : [],
  );
  const [low, high, pairs] = [heldOutAccuracyLow, heldOutAccuracyHigh, heldOutPairs].map(Number) as [
    number,
    number,
    number,
  ];
  if (typeof heldOutAccuracy === 'number') {
    const count = `${Math.round(heldOutAccuracy * pairs)} of ${pairs}`;
    texts.push(`held-out accuracy ${heldOutAccuracy.toFixed(2)} (${count}, ${percent(low)}–${percent(high)} %)`);
  } else if (typeof heldOutPairs === 'number') {
    texts.push(`${heldOutPairs} held-out pairs`);
  }
  return [`step ${step}`, ...texts].join('  ');
}

/** "winRate" as "win rate"; what is held out has a hyphen. */
const words = (name: string) =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace('held out', 'held-out');
const percent = (share: number) => Math.round(100 * share);
const significant = (value: number, digits = 4) => String(Number(value.toPrecision(digits)));

/** "45 s", "2 min 40 s", "3 h 05 min" */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}
