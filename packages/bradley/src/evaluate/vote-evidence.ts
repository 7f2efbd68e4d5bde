import type { Case, VoteEvidence } from '@bradley/evaluate';
import {
  type Comparison,
  type ComparisonSource,
  normalizePrompt,
  openComparisons,
  promptKey,
  requireProject,
  storeSource,
} from '@bradley/preferences';
import { type StoreChoice, withStore } from '../arena/open-store.js';
import { locateComparisons } from '../run/snapshots-folder.js';
import type { DrawnContestant } from './contestants.js';
import { votesOf } from './votes.js';

/** A project of an arena's store. */
export interface StoredVotes extends StoreChoice {
  readonly project: string;
}

/** Comparisons by people: a set by its path or a snapshot by its name, or what is in a store now. */
export type VotesChoice = string | StoredVotes;

/** As reports call it. */
export const votesName = (votes: VotesChoice): string =>
  typeof votes === 'string' ? votes : `the project ${votes.project} of ${votes.store ?? votes.folder}`;

export interface VoteOptions {
  /** These give the prompts their categories. */
  readonly cases: readonly Case[];
  /** Keys of prompts whose votes do not count. */
  readonly leftOut: ReadonlySet<string>;
  readonly onNote: (text: string) => void;
}

/**
 * What people's comparisons say of the contestants.
 * @throws Error saying what is compared instead, where nothing is of these contestants
 */
export function voteEvidence(
  votes: VotesChoice,
  contestants: readonly DrawnContestant[],
  options: VoteOptions,
): Promise<VoteEvidence> {
  const name = votesName(votes);
  return withVotes(votes, (source) => evidenceOf(source, name, contestants, options));
}

async function withVotes<Result>(
  votes: VotesChoice,
  use: (source: ComparisonSource) => Promise<Result>,
): Promise<Result> {
  if (typeof votes === 'string') return use(await openComparisons(await locateComparisons(votes)));
  const { project, ...place } = votes;
  return withStore(place, async (store, media) => {
    await requireProject(store, project);
    return use(storeSource(store, media, { projectId: project }));
  });
}

async function evidenceOf(
  source: ComparisonSource,
  path: string,
  contestants: readonly DrawnContestant[],
  { cases, leftOut: learnt, onNote }: VoteOptions,
): Promise<VoteEvidence> {
  let [refused, ofLearnt] = [0, 0];
  const records = async function* (): AsyncGenerator<Comparison> {
    for await (const row of source)
      if ('refused' in row) refused++;
      else if (learnt.has(promptKey(row.record.prompt))) ofLearnt++;
      else yield row.record;
  };
  const categories = new Map(cases.map(({ prompt, category }) => [normalizePrompt(prompt), category]));
  const categoryOf = (prompt: string) => categories.get(prompt);
  const { evidence, leftOut } = await votesOf(records(), contestants, categoryOf, await source.teachers?.());
  const strangers = [...leftOut.strangers].map(([name, count]) => `${name} (${count})`).join(', ');
  if (ofLearnt > 0) onNote(`${path}: ${ofLearnt} comparisons are left out: their prompts were learnt from.`);
  if (evidence.matches.length === 0)
    throw new Error(
      `${path}: no comparison is of ${contestants.map(({ name }) => name).join(' and ')}. ` +
        (strangers
          ? `It compares ${strangers}.`
          : refused > 0
            ? `${refused} rows were refused; bradley data check ${path} says why.`
            : ofLearnt > 0
              ? `${ofLearnt} are of prompts that were learnt from, and left out.`
              : `Of its ${leftOut.undecided} comparisons all are between pictures of one of them, or decide nothing (skips, both bad, scores).`),
    );
  if (strangers) onNote(`${path}: left out, of others: ${strangers}`);
  if (leftOut.undecided > 0)
    onNote(
      `${path}: ${leftOut.undecided} comparisons are between pictures of one contestant, or decide nothing (skips, both bad, scores).`,
    );
  if (refused > 0) onNote(`${path}: ${refused} rows were refused; see bradley data check ${path}`);
  return evidence;
}
