import type { Out } from './output.js';
import { duration, progressMeter } from './progress.js';

/** Told how many of something are done, of how many (null where nobody knows), and how many of these took no time because they were kept. */
export type CountProgress = (what: string, done: number, total: number | null, kept?: number) => void;

const plainMilliseconds = 30_000;

/**
 * Shows how far counted work is: "24 of 160 pictures drawn by base  3.1/s  44 s left". Another `what` begins anew. Where nobody watches live it is a
 * line every half minute, so that a log shows that work goes on.
 */
export function countProgress(out: Out, now: () => number = () => performance.now()): CountProgress {
  const meters = new Map<string, { meter: ReturnType<typeof progressMeter>; shownAt: number }>();
  return (what, done, total, kept = 0) => {
    const at = now();
    const of = meters.get(what) ?? { meter: progressMeter(), shownAt: at };
    meters.set(what, of);
    of.meter.see({ step: done - kept }, total === null ? null : total - kept, at);
    const { stepsPerSecond: rate, secondsLeft } = of.meter.progress();
    const parts = [
      `${done}${total === null ? '' : ` of ${total}`} ${what}${kept > 0 ? `, ${kept} of them before` : ''}`,
    ];
    if (rate) parts.push(`${rate < 10 ? rate.toPrecision(2) : Math.round(rate)}/s`);
    if (rate && secondsLeft !== null && done !== total) parts.push(`${duration(secondsLeft)} left`);
    if (out.progress.live) return out.status(parts.join('  '));
    if (at - of.shownAt < plainMilliseconds) return;
    of.shownAt = at;
    out.note(parts.join('  '));
  };
}
