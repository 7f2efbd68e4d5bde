import type { Comparison } from '@bradley/preferences';
import { type Alpha, krippendorffAlpha, type Unit } from '../agreement/krippendorff.js';
import { type PositionBias, positionBias } from '../agreement/position-bias.js';
import { type Measured, measured } from '../intervals.js';
import type { Rewards } from './ensemble.js';

/** How labels that scorers gave are distributed. */
export interface LabelReport {
  readonly labelled: number;
  /** By what the outcome is. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** How often what is stored first won: chance where the order says nothing. */
  readonly firstWins: readonly PositionBias[];
  /** Nominal α over pairs of candidates: which of the two each scorer puts first, or neither. Null of one scorer. */
  readonly alpha: Alpha | null;
  /** Of every two scorers: on how many pairs they say the same. */
  readonly together: readonly (Measured & { readonly scorers: readonly [string, string] })[];
  /** Pairs that α and the shares are of. */
  readonly pairs: number;
}

/** Pairs that are kept for α: as many tell what more would. */
const mostPairs = 200_000;

/** Counts labels as they are made. */
export function labelMeter(scorers: readonly string[]) {
  const units: Unit[] = [];
  const outcomes: Record<string, number> = {};
  const decided: Comparison[] = [];
  let labelled = 0;
  return {
    /** Candidates with what was said of them, and the record that became of it, or null where it was left out. */
    see(record: Comparison | null, rewards: Rewards): void {
      if (units.length < mostPairs && scorers.length > 1) units.push(...verdicts(rewards));
      if (!record) return;
      labelled++;
      const { kind } = record.outcome;
      outcomes[kind] = (outcomes[kind] ?? 0) + 1;
      if (kind === 'winner' || kind === 'ranking')
        decided.push({ ...record, prompt: '-', shown: record.candidates.map((_, i) => i) });
    },
    report(): LabelReport {
      const together = scorers.flatMap((a, i) =>
        scorers.slice(i + 1).map((b, j) => {
          const same = units.filter((unit) => unit[i] === unit[i + 1 + j]).length;
          return { scorers: [a, b] as const, ...measured({ count: same, total: units.length }) };
        }),
      );
      const alpha = scorers.length > 1 ? krippendorffAlpha(units, 'nominal') : null;
      return { labelled, outcomes, firstWins: positionBias(decided).overall, alpha, together, pairs: units.length };
    },
  };
}

/** What each scorer says of each two candidates. */
function verdicts(rewards: Rewards): Unit[] {
  const k = rewards[0]?.length ?? 0;
  const units: Unit[] = [];
  for (let i = 0; i < k; i++)
    for (let j = i + 1; j < k; j++)
      units.push(rewards.map((row) => Math.sign((row[i] as number) - (row[j] as number))));
  return units;
}
