import type { Statistics } from '@bradley/arena-contract';

type Alpha = Statistics['questions'][number]['alpha'];

/** Krippendorff's own bounds (Content Analysis, 2nd ed. 2004, p. 241), said in words; the first row that fits counts. */
const words: readonly (readonly [from: number, says: string])[] = [
  [0.8, 'Raters agree: conclusions may be drawn.'],
  [0.667, 'Raters agree enough for tentative conclusions only.'],
  [0.2, 'Raters agree somewhat. Where taste is asked for that is usual: people differ.'],
  [0, 'Raters hardly agree more than chance would: tastes differ, or the question is not clear.'],
  [Number.NEGATIVE_INFINITY, 'Raters disagree more than chance would: is the question read in two ways?'],
];

/** The reasons of the statistics, as one who has not read about alpha would say them. */
const reasons: Readonly<Record<string, string>> = {
  'no unit has two ratings': 'no task was answered by two raters',
  'all ratings are the same': 'all answers are the same, and chance would give that too',
};

/** What an alpha says: by the lower end of its interval, since chance may have raised it. */
export function alphaWords({ value, low, high, why }: Alpha): string {
  if (value === null) return `There is no value yet: ${reasons[why ?? ''] ?? why ?? 'too little was answered twice'}.`;
  const says = (alpha: number): string => words.find(([from]) => alpha >= from)?.[1] ?? '';
  if (low === null || high === null || says(low) === says(high)) return says(value);
  return `${says(value)} The interval is too wide to be sure of that: show more tasks to more than one rater.`;
}
