import { calledAs, isScorerRater, promptKey, raterMarks } from '@bradley/preferences';

/** What a contestant or judge learnt from, as far as it says. */
export interface Origin {
  readonly raters: readonly string[];
  /** Keys of its prompts; null where it says only that there are some. */
  readonly prompts: readonly string[] | null;
}

/** Whoever judges: a scorer with what it learnt from, or people with their names. */
export interface JudgeOrigin {
  readonly kind: 'scorer' | 'people';
  /** How comparisons name it as their rater: `scorerRater`; the raters themselves of people. */
  readonly raters: readonly string[];
  /** Null where unknown; of people, what they answered is what is judged. */
  readonly learntFrom: Origin | null;
}

/** Why a claim that a contestant got better, by this judge, is none. */
export const objections = {
  'judge was the teacher': 'the judge made the comparisons that the contestant was trained on',
  'same teacher': 'the judge learnt from comparisons of the same raters on the same prompts as the contestant',
  'not held out from the judge': 'the judge learnt preferences on prompts of this evaluation',
  'not held out from the contestant': 'the contestant learnt preferences on prompts of this evaluation',
} as const;

/** What could not be checked. */
export const unknowns = {
  'contestant of unknown origin': 'the contestant does not say what it learnt from',
  'contestant lists no prompts': 'the contestant says whose comparisons it learnt from, but not on which prompts',
  'judge of unknown origin': 'the judge does not say what it learnt from',
  'judge lists no prompts': 'the judge says whose comparisons it learnt from, but not on which prompts',
  'judge called as a teacher':
    'a scorer of the same name, with other weights or settings, made comparisons that the contestant was trained on',
} as const;

export interface Independence {
  readonly objections: readonly { readonly kind: keyof typeof objections; readonly detail: string }[];
  readonly unknown: readonly (keyof typeof unknowns)[];
}

/**
 * Whether a judge may say that a contestant got better on these prompts. Raters that comparisons do not name ('unknown') are taken for the same
 * ones: nothing shows that they are not. People may have taught a contestant that they judge, since theirs is the taste that was meant, but not on
 * the prompts of the evaluation.
 */
export function independence(
  contestant: Origin | null,
  judge: JudgeOrigin,
  evaluationPrompts: readonly string[],
): Independence {
  const asked = new Set(evaluationPrompts.map(promptKey));
  const found: Independence['objections'][number][] = [];
  const unknown: (keyof typeof unknowns)[] = [];
  const object = (kind: keyof typeof objections, detail: string) => found.push({ kind, detail });

  if (!contestant) unknown.push('contestant of unknown origin');
  else if (!contestant.prompts) unknown.push('contestant lists no prompts');
  if (judge.kind === 'scorer') {
    if (!judge.learntFrom) unknown.push('judge of unknown origin');
    else if (!judge.learntFrom.prompts) unknown.push('judge lists no prompts');
  }

  const judging = judge.kind === 'scorer' ? judge.raters : judge.raters.filter((rater) => isScorerRater(rater));
  const taught = common(contestant?.raters, judging, raterMarks);
  if (taught.length > 0) object('judge was the teacher', taught.join(', '));
  else if (common(contestant?.raters, judging, called).length > 0) unknown.push('judge called as a teacher');
  const teachers = common(contestant?.raters, judge.learntFrom?.raters, raterMarks);
  const shared = common(contestant?.prompts, judge.learntFrom?.prompts);
  if (teachers.length > 0 && shared.length > 0)
    object('same teacher', `${teachers.join(', ')}, on ${count(shared.length, 'prompt')}`);
  const judged = common(judge.learntFrom?.prompts, [...asked]);
  if (judged.length > 0) object('not held out from the judge', `${judged.length} of ${count(asked.size, 'prompt')}`);
  const trained = common(contestant?.prompts, [...asked]);
  if (trained.length > 0)
    object('not held out from the contestant', `${trained.length} of ${count(asked.size, 'prompt')}`);
  return { objections: found, unknown };
}

/** Whether the judge is a teacher of the contestant, or learnt from the same comparisons: what the contestant may have learnt to please. */
export function isTeacher(contestant: Origin | null, judge: JudgeOrigin): boolean {
  const kinds = independence(contestant, judge, []).objections.map(({ kind }) => kind);
  return kinds.length > 0;
}

const called = (rater: string): string[] => [calledAs(rater)];

/** What of one list is in the other too: what shares one of the marks that `of` makes of both. */
function common(
  list: readonly string[] | null | undefined,
  others: readonly string[] | null | undefined,
  of: (item: string) => readonly string[] = (item) => [item],
): string[] {
  const known = new Set(others?.flatMap(of));
  return (list ?? []).filter((item) => of(item).some((mark) => known.has(mark)));
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
