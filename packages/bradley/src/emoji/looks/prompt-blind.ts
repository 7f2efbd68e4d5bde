import { type Look, lookAxes } from '../../arena/looks.js';

/** The looks of the two pictures of a comparison. */
export interface ComparedLooks {
  readonly chosen: Look;
  readonly rejected: Look;
}

/** A rule that reads no prompt: always the picture that has more of an axis, or less. */
export interface PromptBlindRule {
  readonly name: string;
  readonly axis: (typeof lookAxes)[number];
  readonly sign: 1 | -1;
}

const names: Record<(typeof lookAxes)[number], readonly [more: string, less: string]> = {
  warm: ['warmer', 'cooler'],
  light: ['lighter', 'darker'],
  vivid: ['more vivid', 'paler'],
};

const rules: readonly PromptBlindRule[] = lookAxes.flatMap((axis) => [
  { name: `always the ${names[axis][0]}`, axis, sign: 1 },
  { name: `always the ${names[axis][1]}`, axis, sign: -1 },
]);

/** How many of the comparisons a rule answers as the rater did. */
export function promptBlindAgreement({ axis, sign }: PromptBlindRule, compared: readonly ComparedLooks[]): number {
  return compared.filter(({ chosen, rejected }) => sign * (chosen[axis] - rejected[axis]) > 0).length;
}

/**
 * The baseline that whatever learns from the look persona's comparisons must beat: of the rules that read no prompt, the one that agrees with
 * most training comparisons (of equals the first).
 */
export function promptBlindBaseline(training: readonly ComparedLooks[]): PromptBlindRule {
  const counts = rules.map((rule) => promptBlindAgreement(rule, training));
  return rules[counts.indexOf(Math.max(...counts))] as PromptBlindRule;
}
