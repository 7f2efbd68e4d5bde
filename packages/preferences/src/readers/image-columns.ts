import type { Fields } from './values.js';

/** How the columns of a table are read as one comparison a row. */
export interface TableLayout {
  /** The columns of the candidates, or one column with a list of them. */
  readonly media: readonly string[];
  readonly list: boolean;
  /** The columns of the models' names, as many as candidates; or one with a list. */
  readonly models: readonly string[];
  readonly decision: Decision;
}

/** Where a row says what was chosen. */
export type Decision =
  /** The first candidate was, by the columns' names. */
  | { readonly by: 'names' }
  /** Votes or shares for each candidate, in a column each: by question. */
  | { readonly by: 'votes'; readonly questions: Readonly<Record<string, readonly string[]>> }
  /** The name, number or letter of the better one. */
  | { readonly by: 'choice'; readonly column: string }
  /** The share of the first one. */
  | { readonly by: 'share'; readonly column: string }
  /** Lists with the place of each candidate, lowest best, or with the votes for each. */
  | { readonly by: 'lists'; readonly places: string | undefined; readonly votes: string | undefined };

export const tableColumns = {
  prompt: ['prompt', 'caption', 'text', 'instruction'],
  id: ['id', 'ranking_id', 'pair_id', 'uid'],
  rater: ['rater', 'user_id', 'user_hash', 'annotator_id', 'annotator'],
  at: ['at', 'created_at', 'timestamp'],
} as const;

/**
 * Two columns of which the first holds the better one: open-image-preferences-v1-binarized and diffusers' datasets have chosen and rejected;
 * HPDv3 has path1 and path2.
 */
const ordered = [
  ['chosen', 'rejected'],
  ['chosen_image', 'rejected_image'],
  ['image_chosen', 'image_rejected'],
  ['image_win', 'image_lose'],
  ['win_image', 'lose_image'],
  ['path1', 'path2'],
] as const;

/** Two columns in no order; what was chosen is said elsewhere. Rapidata's sets have image1 and image2. */
const unordered = [
  ['image_0', 'image_1'],
  ['image0', 'image1'],
  ['image_1', 'image_2'],
  ['image1', 'image2'],
  ['image_a', 'image_b'],
  ['image_A', 'image_B'],
  ['image_left', 'image_right'],
  ['left_image', 'right_image'],
  ['jpg_0', 'jpg_1'],
  ['video1', 'video2'],
  ['video_a', 'video_b'],
  ['audio1', 'audio2'],
] as const;

/** One column with a list. HPDv2 has image_path (test) and file_path (train). */
const lists = ['images', 'image_path', 'file_path', 'candidates'] as const;
const listVotes = ['preferences', 'preference', 'human_preference', 'votes', 'shares'] as const;
const listPlaces = ['ranks', 'rank', 'ranking'] as const;
const choices = ['preference', 'preferred', 'choice', 'winner', 'label', 'chosen', 'pref'] as const;

/** Columns of votes for each of two candidates with these suffixes, by question; the first that are there count. */
const votesOf = ([a, b]: readonly [string, string]): Record<string, readonly (readonly [string, string])[]> => ({
  overall: [
    [`weighted_results_image${a}_preference`, `weighted_results_image${b}_preference`],
    [`votes_image${a}`, `votes_image${b}`],
    [`votes_${a}`, `votes_${b}`],
    [`label_${a}`, `label_${b}`],
  ],
  coherence: [[`weighted_results_image${a}_coherence`, `weighted_results_image${b}_coherence`]],
  alignment: [[`weighted_results_image${a}_alignment`, `weighted_results_image${b}_alignment`]],
});

/** How a table with these columns is read, or undefined where it is none of those known. */
export function tableLayout(fields: Fields): TableLayout | undefined {
  if (!tableColumns.prompt.some((name) => fields.has(name))) return undefined;
  const isMedia = (name: string) => ['image', 'media'].includes(fields.get(name) ?? '');
  const better = ordered.find((pair) => pair.every(isMedia));
  if (better) return { media: better, list: false, models: modelColumns(fields, better), decision: { by: 'names' } };
  const pair = unordered.find((names) => names.every(isMedia));
  const decision = pair && decisionOf(fields, pair);
  if (decision) return { media: pair, list: false, models: modelColumns(fields, pair), decision };
  const list = lists.find((name) => ['images', 'list'].includes(fields.get(name) ?? ''));
  const votes = listVotes.find((name) => fields.get(name) === 'list');
  const places = listPlaces.find((name) => fields.get(name) === 'list');
  if (!list || !(votes || places)) return undefined;
  const models = fields.get('models') === 'list' ? ['models'] : [];
  return { media: [list], list: true, models, decision: { by: 'lists', places, votes } };
}

function decisionOf(fields: Fields, pair: readonly [string, string]): Decision | undefined {
  const questions = Object.entries(votesOf(suffixes(pair))).flatMap(([question, pairs]) => {
    const columns = pairs.find((names) => names.every((name) => fields.has(name)));
    return columns ? [[question, columns] as const] : [];
  });
  if (questions.length > 0) return { by: 'votes', questions: Object.fromEntries(questions) };
  if (fields.has('label_0')) return { by: 'share', column: 'label_0' };
  const column = choices.find((name) => fields.has(name));
  return column && { by: 'choice', column };
}

/** What tells the two names apart: `1` and `2` of image_1 and image_2, `left` and `right`. */
export function suffixes([a, b]: readonly string[]): [string, string] {
  const suffix = (name = '') =>
    /(?:^(?:image|jpg|video|audio|path)_?)?(\d|[abAB]|left|right)(?:_image)?$/.exec(name)?.[1] ?? name;
  return [suffix(a), suffix(b)];
}

function modelColumns(fields: Fields, names: readonly [string, string]): string[] {
  const spellings = suffixes(names).map((suffix, index) => {
    const side = /chosen|win/.test(names[index] ?? '')
      ? 'chosen'
      : /rejected|lose/.test(names[index] ?? '')
        ? 'rejected'
        : suffix;
    return [`model_${side}`, `model${side}`, `${side}_model`].find((name) => fields.has(name));
  });
  return spellings.flatMap((name) => name ?? []).length === 2 ? spellings.flatMap((name) => name ?? []) : [];
}
