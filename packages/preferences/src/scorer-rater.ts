/** A scorer as comparisons name it. */
export interface NamedScorer {
  readonly name: string;
  /** 64 hex digits over everything that a score depends on. */
  readonly identity: string;
  /** 64 hex digits over its weights alone, by their content; null where it has none. */
  readonly weights: string | null;
}

const mark = 'scorer:';

/** Stands between several raters that made a comparison together, and in no name of one. */
export const joint = ' + ';
const plain = (name: string): string => name.replace(/ +\+ +/g, '+');

/** How a comparison names the scorer that made it, as its `rater`: `scorer:name@identity`, of one with weights `scorer:name@identity.weights`. */
export function scorerRater({ name, identity, weights }: NamedScorer): string {
  const own = identity.slice(0, 16);
  return `${mark}${plain(name)}@${weights === null ? own : `${own}.${weights.slice(0, 16)}`}`;
}

/** Whether a rater is a scorer, not a person. */
export const isScorerRater = (rater: string): boolean => rater.startsWith(mark);

const recipeMark = 'recipe:';

/** How a comparison names the recipe that says what its two sides are. */
export const recipeRater = (name: string): string => `${recipeMark}${plain(name)}`;

/** Whether a rater is a scorer or a recipe: no person, whose name may be kept. */
export const isProgram = (rater: string): boolean => isScorerRater(rater) || rater.startsWith(recipeMark);

/** What a scorer is called, and the marks that tell it from others; of one that another tool has named, without an @, the name is both. */
function partsOf(scorer: string): { called: string; marks: string[] } {
  const at = scorer.lastIndexOf('@');
  return at === -1
    ? { called: scorer, marks: [scorer] }
    : { called: scorer.slice(0, at), marks: scorer.slice(at + 1).split('.') };
}

/** What a scorer is called, without what tells its weights and settings: `scorer:clip` of `scorer:clip@00ff`. */
export const calledAs = (rater: string): string => (isScorerRater(rater) ? partsOf(rater).called : rater);

/**
 * What tells raters apart: two are the same where they have one of these in common. A scorer is known by its identity and by its weights, not by
 * its name: `emoji` is `clip:models/emoji-clip`, and `clip:x` and `pickscore:x` are two ways to read one model. A person is known by name.
 */
export const raterMarks = (rater: string): string[] =>
  isScorerRater(rater) ? partsOf(rater).marks : [`person:${rater}`];
