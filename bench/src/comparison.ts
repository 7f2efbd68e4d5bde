import type { Answer } from './line-process.js';

/** One side's measurements. */
export interface Side {
  readonly seconds: readonly number[];
  readonly losses: readonly (number | null)[];
  /** Of every process this side used, the largest. MiB. */
  readonly peakMb: number;
  /** What its process said about itself: versions, threads, sizes. */
  readonly about: Readonly<Record<string, unknown>>;
}

/** A bench's result, as it is written to JSON. */
export interface Comparison {
  readonly name: string;
  /** The folder's name; null where the bench's own name says it. */
  readonly model: string | null;
  readonly batch: number;
  readonly rounds: number;
  readonly note: string | null;
  readonly ours: Side;
  readonly theirs: Side | null;
  /** Ours over theirs: the median over the rounds, and their range. */
  readonly timeRatio: { readonly median: number; readonly min: number; readonly max: number } | null;
  readonly memoryRatio: number | null;
  /** Cores that other programs kept busy during the rounds; null where that cannot be read. */
  readonly othersCores: number | null;
}

/** Above this many cores of other programs' work a comparison means nothing: PyTorch's thread barriers slow down thirtyfold. */
export const quietCores = 0.25;

export function side(answers: readonly Answer[], peakMb: number, about: Side['about']): Side {
  return {
    seconds: answers.map(({ seconds }) => seconds),
    losses: answers.map(({ loss }) => loss),
    peakMb,
    about,
  };
}

export function timeRatio(ours: readonly number[], theirs: readonly number[]): Comparison['timeRatio'] {
  const ratios = ours.map((seconds, round) => seconds / (theirs[round] as number));
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}

/** `emoji lora-dpo-step: time ratio 0.84 (0.79–0.91; ours 312 ms, PyTorch 371 ms, 20 rounds), memory ratio 0.93 (…)` */
export function describeComparison(comparison: Comparison): string {
  const { name, model, batch, rounds, note, ours, theirs, othersCores } = comparison;
  const title = model ? `${model} ${name} (batch ${batch})` : name;
  const remark = note ? `, ${note}` : '';
  const busy =
    othersCores !== null && othersCores > quietCores
      ? `\n  Other programs kept ${othersCores.toFixed(1)} cores busy meanwhile: these times do not count. Run again on a quiet machine.`
      : '';
  if (!theirs || !comparison.timeRatio || comparison.memoryRatio === null)
    return `${title}: ours ${milliseconds(ours)}, ${rounds} rounds, ${mebibytes(ours)}${remark}${busy}`;
  const { median, min, max } = comparison.timeRatio;
  return (
    `${title}: time ratio ${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)}; ` +
    `ours ${milliseconds(ours)}, PyTorch ${milliseconds(theirs)}, ${rounds} rounds), ` +
    `memory ratio ${comparison.memoryRatio.toFixed(2)} (ours ${mebibytes(ours)}, PyTorch ${mebibytes(theirs)})${remark}${busy}`
  );
}

function milliseconds({ seconds }: Side): string {
  const value = median(seconds) * 1000;
  return `${value < 100 ? value.toPrecision(3) : Math.round(value)} ms`;
}

const mebibytes = ({ peakMb }: Side): string => `${peakMb.toFixed(0)} MiB`;
