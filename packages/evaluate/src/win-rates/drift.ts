import { bootstrap, type Interval, type Random } from '../intervals.js';
import type { Diversity } from './diversity.js';
import { type Duel, worth } from './win-rate.js';

/**
 * The gain by the judge that taught against the gain by one that did not, on the same pictures. Optimising against a judge raises its
 * score beyond what it stands for (Gao et al. 2023, arXiv:2210.10760): then the two part.
 */
export interface Drift {
  /** Win rates by the teacher and by the held-out judge. */
  readonly taught: number;
  readonly heldOut: number;
  /** taught − heldOut, with a paired bootstrap interval over prompts. */
  readonly difference: { readonly value: number; readonly interval: Interval };
  readonly level: DriftLevel;
}

/** What each level means. */
export const driftLevels = {
  none: 'the teacher sees no gain beyond what the held-out judge sees, and the pictures are not clearly less diverse',
  unclear: 'with so few prompts the teacher may well see more gain than the held-out judge',
  watch: 'the teacher sees more gain than the held-out judge, or the pictures are clearly less diverse',
  alarm: 'the teacher sees a gain that the held-out judge does not see, or sees beside clearly less diversity',
} as const;
export type DriftLevel = keyof typeof driftLevels;

/** So far above the held-out judge's win rate the teacher's must not reach, interval included, for none to be said. */
const clearlyApart = 0.15;

/** A loss of diversity below this share of the base's, interval included, is a clear one. */
const clearlyLessDiverse = 0.9;

/**
 * Apart are judges where the teacher sees a gain and the interval of the difference lies above 0; clearly less diverse is what has an interval
 * below 0.9 of the base's diversity. None is neither, and unclear where the interval reaches beyond 15 points; watch is one of the two; alarm is both, or apart where the held-out judge's interval does not lie above ½.
 *
 * @param taught the duels by the teacher, and @param heldOut by the other judge, of the same prompts and seeds in the same order
 */
export function driftOf(
  taught: readonly Duel[],
  heldOut: readonly Duel[],
  {
    heldOutInterval,
    diversity,
    random,
  }: { readonly heldOutInterval: Interval; readonly diversity: Diversity | null; readonly random: Random },
): Drift {
  const clusters = new Map<string, { taught: number; heldOut: number }[]>();
  for (const [i, { prompt, margin }] of taught.entries()) {
    const other = heldOut[i];
    if (other?.prompt !== prompt || taught.length !== heldOut.length)
      throw new Error(
        `drift compares the same duels by two judges: number ${i} is "${prompt}" and "${other?.prompt}".`,
      );
    const duel = { taught: worth(margin), heldOut: worth(other.margin) };
    const list = clusters.get(prompt);
    if (list) list.push(duel);
    else clusters.set(prompt, [duel]);
  }
  type Both = { readonly taught: number; readonly heldOut: number };
  const mean = (items: readonly Both[], of: (item: Both) => number) =>
    items.reduce((sum, item) => sum + of(item), 0) / items.length;
  const all = [...clusters.values()].flat();
  const interval = bootstrap(
    [...clusters.values()],
    (items) => mean(items, (item) => item.taught - item.heldOut),
    random,
  );
  const [byTeacher, byOther] = [mean(all, (item) => item.taught), mean(all, (item) => item.heldOut)];
  const apart = byTeacher > 0.5 && interval.low > 0;
  const lessDiverse = diversity?.ofBase ? diversity.ofBase.interval.high < clearlyLessDiverse : false;
  const alarm = apart && (heldOutInterval.low <= 0.5 || lessDiverse);
  const open = byTeacher > 0.5 && interval.high > clearlyApart;
  const level = alarm ? 'alarm' : apart || lessDiverse ? 'watch' : open ? 'unclear' : 'none';
  return { taught: byTeacher, heldOut: byOther, difference: { value: byTeacher - byOther, interval }, level };
}
