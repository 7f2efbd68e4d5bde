import { type Independence, objections, unknowns } from './independence.js';
import { mostPrompts, promptsNeeded } from './prompts-needed.js';
import type { WinRate } from './win-rate.js';

/** What may be said of a contestant against the base, by one judge. */
export type Conclusion =
  | { readonly kind: 'improvement'; readonly because: string; readonly unchecked: readonly string[] }
  | { readonly kind: 'worse'; readonly because: string; readonly unchecked: readonly string[] }
  | {
      readonly kind: 'not decided';
      readonly because: string;
      readonly unchecked: readonly string[];
      /** Prompts in all that would likely decide it, as `promptsNeeded` has them; null where nobody compared the two, and where more would not tell or the judge may not. */
      readonly needed: number | 'unknown' | null;
    }
  /** The numbers would be an improvement, but this judge may not say so. */
  | { readonly kind: 'refused'; readonly because: string; readonly unchecked: readonly string[] };

/** A false claim at most so often, over all contestants that one judge compares. */
const errorRate = 0.05;

/**
 * The rule, fixed beforehand: decided is what has an interval (Wilson's and the bootstrap's together) without ½, and a sign test over prompts
 * below 0.05 after Holm's correction for the contestants that are compared, both to the same side. Improvements are refused where the judge is not independent.
 *
 * @param adjusted the sign test's p, corrected by `holm` for so many contestants
 */
export function conclude(
  winRate: WinRate,
  adjusted: number,
  { objections: found, unknown }: Independence,
  contestants = 1,
): Conclusion {
  const { interval, rate } = winRate;
  const unchecked = unknown.map((kind) => unknowns[kind]);
  const range = `${percent(rate)} % of ${winRate.duels}, interval ${percent(interval.low)}–${percent(interval.high)} %`;
  const side = interval.low > 0.5 ? 'improvement' : interval.high < 0.5 ? 'worse' : null;
  const reasons = found.map(({ kind, detail }) => `${objections[kind]} (${detail})`).join('; ');
  const undecided = (because: string) => ({
    kind: 'not decided' as const,
    because:
      reasons !== '' && rate > 0.5 ? `${because}. This judge could not call it an improvement: ${reasons}` : because,
    unchecked,
    // Other prompts are held out; another teacher they do not make.
    needed:
      rate > 0.5 && found.some(({ kind }) => !kind.startsWith('not held out'))
        ? null
        : promptsNeeded(winRate, errorRate / contestants),
  });
  if (!side) return undecided(`the interval includes no change: ${range}`);
  if (!(adjusted < errorRate))
    return undecided(
      `${range}, but the sign test over ${winRate.prompts} prompts${contestants > 1 ? `, corrected for ${contestants} contestants,` : ''} has p = ${adjusted.toPrecision(2)}`,
    );
  const { promptsWon: won, promptsLost: lost } = winRate;
  if (side !== (won > lost ? 'improvement' : 'worse')) {
    const more = won > lost ? 'more prompts are won than lost' : 'more prompts are lost than won';
    return {
      ...undecided(`${range}, but ${more} (${won} won, ${lost} lost): which is better depends on the prompt`),
      needed: null,
    };
  }
  if (side === 'improvement' && reasons !== '')
    return { kind: 'refused', because: `${reasons}. Otherwise: ${range}`, unchecked };
  return { kind: side, because: range, unchecked };
}

/** How many prompts would likely decide what was not, as a sentence; null of what was decided, and where none would. */
export function neededText(conclusion: Conclusion, prompts: number): string | null {
  if (conclusion.kind !== 'not decided' || conclusion.needed === null) return null;
  const { needed } = conclusion;
  if (needed === 'unknown')
    return `were that the true rate, not even ${mostPrompts.toLocaleString('en')} prompts would likely decide it: there may be nothing to be seen`;
  const about = roundedUp(needed);
  return (
    `were that the true rate, about ${about} prompts would decide it in four of five evaluations, ${about - prompts} more than these: ` +
    'take new ones for all of them, since adding to these until it is decided finds wins by chance'
  );
}

/** To two digits. */
function roundedUp(count: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1);
  return Math.ceil(count / unit) * unit;
}

/** Holm 1979: p values so corrected that the chance of any false rejection among them is at most the level. In the order given. */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
  const adjusted = new Array<number>(values.length).fill(1);
  let least = 0;
  for (const [rank, i] of order.entries()) {
    least = Math.max(least, Math.min(1, (values.length - rank) * (values[i] as number)));
    adjusted[i] = least;
  }
  return adjusted;
}

const percent = (share: number): string => (100 * share).toFixed(1);
