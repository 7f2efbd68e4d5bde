import { calledAs, isScorerRater, promptKey, raterMarks, unnamedRater } from '@bradley/preferences';

/** Whose comparisons were learnt from, and on which prompts. */
export interface Lesson {
  readonly raters: readonly string[];
  /** Keys of its prompts; null where it says only that there are some. */
  readonly prompts: readonly string[] | null;
}

/** What a contestant or judge learnt from, as far as it says. */
export interface Origin extends Lesson {
  /** Of the scorers among the raters, and of those that had taught these, what each had learnt from. One that is not here does not say. */
  readonly teachers?: readonly (Lesson & { readonly rater: string })[] | undefined;
  /** Where it was made of something that does not say all. */
  readonly incomplete?: true | undefined;
}

/** Whoever judges: a scorer with what it learnt from, or people with their names. */
export interface JudgeOrigin {
  readonly kind: 'scorer' | 'people';
  /** How comparisons name it as their rater: `scorerRater`; the raters themselves of people. */
  readonly raters: readonly string[];
  /** Null where unknown. Of people that of the scorers among them, null without any: what people answered is what is judged. */
  readonly learntFrom: Origin | null;
}

/** Why a claim that a contestant got better, by this judge, is none. */
export const objections = {
  'judge was the teacher': 'the judge made the comparisons that the contestant was trained on',
  'judge taught the teacher': 'the judge made comparisons that a teacher of the contestant had learnt from',
  'pupil of the same scorer': 'the judge learnt the taste of a scorer that the contestant learnt too, faults and all',
  'same teacher':
    'the judge, or who taught it, learnt from the same people on the same prompts as the contestant, or who taught that',
  'not held out from the judge': 'the judge learnt preferences on prompts of this evaluation',
  'not held out from the contestant': 'the contestant learnt preferences on prompts of this evaluation',
} as const;

/** What could not be checked. */
export const unknowns = {
  'contestant of unknown origin': 'the contestant does not say what it learnt from',
  'contestant says it in part':
    'the contestant was made of several, of which not every one says all that it learnt from',
  'contestant lists no prompts': 'the contestant says whose comparisons it learnt from, but not on which prompts',
  'judge of unknown origin': 'the judge does not say what it learnt from',
  'judge lists no prompts': 'the judge says whose comparisons it learnt from, but not on which prompts',
  'teacher of unknown origin': 'a scorer that taught the contestant does not say what it had learnt from',
  'teacher lists no prompts':
    'a scorer that taught the contestant says whose comparisons it had learnt from, but not on which prompts',
  'judge’s teacher of unknown origin': 'a scorer that taught the judge does not say what it had learnt from',
  'judge’s teacher lists no prompts':
    'a scorer that taught the judge says whose comparisons it had learnt from, but not on which prompts',
  'raters without a name':
    'the contestant, or who taught it, learnt from comparisons that do not say who made them: the judge may have',
  'judge’s raters without a name':
    'the judge, or who taught it, learnt from comparisons that do not say who made them: a scorer may have',
  'votes without a name': 'there are votes that do not say who cast them: a scorer may have',
  'judge called as a teacher':
    'a scorer of the same name, with other weights or settings, made comparisons that the contestant was trained on',
} as const;

export interface Independence {
  readonly objections: readonly { readonly kind: keyof typeof objections; readonly detail: string }[];
  readonly unknown: readonly (keyof typeof unknowns)[];
}

/**
 * Whether a judge may say that a contestant got better on these prompts. A scorer's taste is its own, faults and all: neither it nor another
 * pupil of it judges whoever learnt it, at any remove. The taste of people is the one that was meant: they judge what they taught, and so does what
 * learnt it from their answers on other prompts, but not on the prompts of the evaluation, and not from the very answers that the contestant, or
 * who taught it, learnt from: those have their accidents in common. Raters that comparisons do not name ('unknown') are taken for the same people:
 * nothing shows that they are not. Whether a scorer is among them is unknown.
 */
export function independence(
  contestant: Origin | null,
  judge: JudgeOrigin,
  evaluationPrompts: readonly string[],
): Independence {
  const asked = new Set(evaluationPrompts.map(promptKey));
  const found: Independence['objections'][number][] = [];
  const object = (kind: keyof typeof objections, detail: string) => found.push({ kind, detail });

  const judging = judge.kind === 'scorer' ? judge.raters : judge.raters.filter(isScorerRater);
  const taught = common(contestant?.raters, judging, raterMarks);
  const indirectly = common(ratersBehind(contestant), judging, raterMarks);
  const fellows = common(scorersBehind(contestant), scorersBehind(judge.learntFrom), raterMarks);
  const answers = commonAnswers(contestant, judge.learntFrom);
  // The nearest tie says enough.
  if (taught.length > 0) object('judge was the teacher', taught.join(', '));
  else if (indirectly.length > 0) object('judge taught the teacher', indirectly.join(', '));
  else {
    if (fellows.length > 0) object('pupil of the same scorer', fellows.join(', '));
    if (answers) object('same teacher', `${answers.people.join(', ')}, on ${count(answers.prompts, 'prompt')}`);
  }
  const judged = common(judge.learntFrom?.prompts, [...asked]);
  if (judged.length > 0) object('not held out from the judge', `${judged.length} of ${count(asked.size, 'prompt')}`);
  const trained = common(contestant?.prompts, [...asked]);
  if (trained.length > 0)
    object('not held out from the contestant', `${trained.length} of ${count(asked.size, 'prompt')}`);
  return { objections: found, unknown: unknownsOf(contestant, judge, judging) };
}

function unknownsOf(
  contestant: Origin | null,
  judge: JudgeOrigin,
  judging: readonly string[],
): (keyof typeof unknowns)[] {
  const called = (rater: string): string[] => [calledAs(rater)];
  const isCalledAlike =
    common(contestant?.raters, judging, raterMarks).length === 0 &&
    common(contestant?.raters, judging, called).length > 0;
  const checks: readonly (readonly [boolean, keyof typeof unknowns])[] = [
    [contestant === null, 'contestant of unknown origin'],
    [contestant?.incomplete === true, 'contestant says it in part'],
    [contestant?.prompts === null, 'contestant lists no prompts'],
    ...(judge.kind === 'scorer' || judging.length > 0
      ? ([
          [hasUnknownTeacher(contestant), 'teacher of unknown origin'],
          [hasTeacherWithoutPrompts(contestant), 'teacher lists no prompts'],
          [judge.learntFrom === null, 'judge of unknown origin'],
          [judge.learntFrom?.prompts === null, 'judge lists no prompts'],
          [hasUnknownTeacher(judge.learntFrom), 'judge’s teacher of unknown origin'],
          [hasTeacherWithoutPrompts(judge.learntFrom), 'judge’s teacher lists no prompts'],
          [ratersBehind(contestant).includes(unnamedRater), 'raters without a name'],
          [ratersBehind(judge.learntFrom).includes(unnamedRater), 'judge’s raters without a name'],
        ] as const)
      : []),
    [judge.kind === 'people' && judge.raters.includes(unnamedRater), 'votes without a name'],
    [isCalledAlike, 'judge called as a teacher'],
  ];
  return checks.flatMap(([is, kind]) => (is ? [kind] : []));
}

const lessonsOf = (origin: Origin | null): readonly Lesson[] => (origin ? [origin, ...(origin.teachers ?? [])] : []);

/** Everybody whose taste was learnt, at any remove. */
const ratersBehind = (origin: Origin | null): string[] => [
  ...new Set(lessonsOf(origin).flatMap(({ raters }) => raters)),
];

const scorersBehind = (origin: Origin | null): string[] => ratersBehind(origin).filter(isScorerRater);

function hasUnknownTeacher(origin: Origin | null): boolean {
  const known = new Set(origin?.teachers?.map(({ rater }) => rater));
  return scorersBehind(origin).some((rater) => !known.has(rater));
}

const hasTeacherWithoutPrompts = (origin: Origin | null): boolean =>
  origin?.teachers?.some(({ prompts }) => prompts === null) ?? false;

/** The people whose answers to the same prompts both learnt from, or who taught them; null where there are none. */
function commonAnswers(a: Origin | null, b: Origin | null): { people: string[]; prompts: number } | null {
  const people = new Set<string>();
  const prompts = new Set<string>();
  for (const one of lessonsOf(a))
    for (const other of lessonsOf(b)) {
      const both = common(one.raters, other.raters).filter((rater) => !isScorerRater(rater));
      if (both.length === 0) continue; // there may be very many prompts
      const alike = common(one.prompts, other.prompts);
      if (alike.length === 0) continue;
      for (const rater of both) people.add(rater);
      for (const prompt of alike) prompts.add(prompt);
    }
  return people.size > 0 ? { people: [...people].sort(), prompts: prompts.size } : null;
}

/** Whether the judge is a teacher of the contestant, or learnt from the same comparisons: what the contestant may have learnt to please. */
export function isTeacher(contestant: Origin | null, judge: JudgeOrigin): boolean {
  const kinds = independence(contestant, judge, []).objections.map(({ kind }) => kind);
  return kinds.length > 0;
}

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
