import type { Labelled } from './label-candidates.js';

/** What `bradley label` prints. */
export function formatLabelReport({
  output,
  labelled,
  dropped,
  outcomes,
  firstWins,
  alpha,
  together,
  pairs,
}: Labelled): string {
  const counts = Object.entries(outcomes).map(([kind, count]) => `${kind} ${count}`);
  return [
    `Wrote ${labelled} comparisons to ${output}: ${counts.join(', ')}${dropped > 0 ? `; left out ${dropped} near ties` : ''}`,
    ...firstWins.map(({ k, count, total, interval: { low, high }, p }) => {
      const range = `95 % interval ${percent(low)}–${percent(high)} %; chance is ${percent(1 / k)} %, p = ${p.toPrecision(2)}`;
      return `of ${k} candidates, the one stored first won ${count} of ${total} (${range})`;
    }),
    ...(alpha === null
      ? []
      : [
          alpha.alpha === null
            ? `agreement of the scorers: none to tell (${alpha.reason})`
            : `agreement of the scorers on ${pairs} pairs: Krippendorff's alpha ${alpha.alpha.toFixed(3)}`,
          ...together.map(
            ({ scorers, count, total }) => `  ${scorers.join(' and ')} say the same of ${count} of ${total}`,
          ),
        ]),
  ].join('\n');
}

const percent = (share: number): number => Math.round(100 * share);
