import type { Leaderboard } from '@bradley/arena-contract';
import {
  type LeftOut,
  leaderboard,
  matchesOf,
  type Random,
  type StrengthPosterior,
  strengthPosterior,
} from '@bradley/evaluate';
import type { Comparison, InsightRow } from '@bradley/preferences';
import { recordOf } from './statistics-of.js';

/** What ranks models: neither tasks with a known answer, nor what a rater was asked again. */
function ranking(rows: readonly InsightRow[], question: string): Comparison[] {
  return rows.filter((row) => row.purpose === 'ordinary' && row.question === question).map(recordOf);
}

/** Why comparisons rank nobody, in words. */
const leftOutWords: Readonly<Record<LeftOut, string>> = {
  skip: 'skipped',
  bothBad: 'both bad',
  scores: 'with scores',
  unnamed: 'of candidates whose model is not known',
  'same contestant': 'between pictures of one model',
};

/** Who wins, with 95 % bootstrap intervals over prompts; or why nothing can be said. */
export function leaderboardOf(rows: readonly InsightRow[], question: string, random: Random): Leaderboard {
  const { standings, comparisons, leftOut } = leaderboard(ranking(rows, question), random);
  const reasons = (Object.keys(leftOutWords) as LeftOut[]).filter((reason) => leftOut[reason] > 0);
  const counted = reasons.map((reason) => `${leftOut[reason]} ${leftOutWords[reason]}`).join(', ');
  const why = `No comparison of two models yet${counted && ` (left out: ${counted})`}.`;
  return {
    question,
    comparisons,
    standings: standings.map(({ interval, ...standing }) => ({ ...standing, ...interval })),
    why: standings.length === 0 ? why : null,
  };
}

/** More contestants than this are chosen between by chance: the uncertainty costs the cube of them. */
const mostContestants = 300;

/** What is known of the strengths, for the choice of what is next; null where nothing is. */
export function posteriorOf(rows: readonly InsightRow[], question: string): StrengthPosterior | null {
  const matches = ranking(rows, question).flatMap((comparison) => {
    const found = matchesOf(comparison);
    return typeof found === 'string' ? [] : found.matches;
  });
  const contestants = new Set(matches.flatMap(({ a, b }) => [a, b]));
  return contestants.size < 2 || contestants.size > mostContestants ? null : strengthPosterior(matches);
}
