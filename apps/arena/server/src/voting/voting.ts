import { randomInt } from 'node:crypto';
import type { Presentation } from '@bradley/arena-contract';
import { type Recorder, recordConsent, type Store } from '@bradley/preferences';
import { mediaAddress } from '../media/address.js';
import { Refusal } from '../refusal.js';
import { chooseNext, type Informativeness, release } from './choose.js';
import { type Contents, openContents } from './contents.js';
import {
  endReservations,
  followConsent,
  followStore,
  loadProject,
  type ProjectState,
  raterOf,
  refreshTask,
} from './project-state.js';
import { type Outstanding, openFor, type RaterState } from './rater-state.js';
import { openSeal, type Seal } from './seal.js';
import { issue, present } from './showing.js';

/** Everything that voting works with. Kept for the life of the arena. */
export interface Voting {
  readonly store: Store;
  readonly recorder: Recorder;
  readonly seal: Seal;
  readonly contents: Contents;
  readonly projects: Map<string, Promise<ProjectState>>;
  /** How informative tasks are in a project whose setting asks for it, for its first question. */
  readonly informativeness: (projectId: string, question: string) => Informativeness;
  /** Where the members of a project get a file. */
  addressOf(projectId: string): (sha256: string) => string;
  log(line: string): void;
}

/** What is remembered of a project is brought up to date this often, and read anew this often, while it is asked for. */
const followEvery = 1000;
const reloadEvery = 300_000;

export function openVoting({
  secret,
  ...rest
}: Pick<Voting, 'store' | 'recorder' | 'informativeness' | 'log'> & { secret: Uint8Array }): Voting {
  return {
    ...rest,
    seal: openSeal(secret),
    contents: openContents(rest.store),
    projects: new Map(),
    addressOf: (projectId) => (sha256) => mediaAddress({ secret }, projectId, sha256),
  };
}

/** Forgets what is remembered of a project, or of all: to be called when tasks or comparisons were changed other than here. */
export function forgetVoting(voting: Voting, projectId?: string): void {
  if (projectId === undefined) voting.projects.clear();
  else voting.projects.delete(projectId);
  voting.contents.forget();
}

/** Looks at a task again, where its project is remembered: an answer to it was withdrawn, restored or corrected. */
export async function taskChanged(voting: Voting, projectId: string, taskId: string): Promise<void> {
  const state = await voting.projects.get(projectId);
  if (state) await refreshTask(voting.store, state, taskId);
}

/**
 * The state of a project. The first to ask waits for it to be read; after that it is brought up to date beside the requests, so
 * that what others changed is seen a second later, and what changed by withdrawing in another process five minutes later. Until
 * then a task may be shown once too often, which costs an answer and spoils none.
 */
export async function projectState(voting: Voting, projectId: string): Promise<ProjectState> {
  const known = voting.projects.get(projectId);
  if (!known) return load(voting, projectId);
  const state = await known;
  const now = Date.now();
  if (now - state.followedAt > followEvery) {
    state.followedAt = now;
    void follow(voting, state, now).catch((error) =>
      voting.log(`project ${projectId}: not brought up to date: ${error}`),
    );
  }
  return state;
}

async function follow(voting: Voting, state: ProjectState, now: number): Promise<void> {
  const asBefore = now - state.loadedAt < reloadEvery && (await followStore(voting.store, state));
  if (asBefore) return;
  const anew = await loadProject(voting.store, state.id);
  voting.projects.set(state.id, Promise.resolve(anew));
}

function load(voting: Voting, projectId: string): Promise<ProjectState> {
  const loading = loadProject(voting.store, projectId);
  voting.projects.set(projectId, loading);
  loading.catch(() => voting.projects.delete(projectId));
  return loading;
}

/** The rater's state, once the consent that the project asks for is given. */
export async function consentingRater(voting: Voting, state: ProjectState, raterId: string): Promise<RaterState> {
  const rater = await raterOf(voting.store, state, raterId);
  if (state.consent === null || rater.consent === state.consent) return rater;
  throw new Refusal(403, 'consent', 'This project asks for your consent first: read its text and agree to it.');
}

/** Notes the consent to a text, which must be the one that the project has now. */
export async function giveConsent(voting: Voting, projectId: string, raterId: string, text: string): Promise<void> {
  const state = await projectState(voting, projectId);
  await followConsent(voting.store, state);
  if (text !== state.settings.consent || state.consent === null)
    throw new Refusal(409, 'changed', 'The text was changed meanwhile. Load the page again and read it anew.');
  const rater = await raterOf(voting.store, state, raterId);
  await recordConsent(voting.store, projectId, raterId, state.consent);
  rater.consent = state.consent;
}

/** Tasks that are kept for one rater at once: with more, one who asks and never answers would leave the others nothing. */
const mostHeld = 32;

export interface Next {
  readonly presentations: Presentation[];
  readonly done: number;
  readonly open: number;
}

/** What a rater sees next, as many as there are up to `count`; with `again`, first what was shown and not answered. */
export async function nextShowings(
  voting: Voting,
  state: ProjectState,
  rater: RaterState,
  { count, again }: { count: number; again: boolean },
): Promise<Next> {
  const showings: Outstanding[] = again ? [...rater.outstanding.values()].slice(0, count) : [];
  endReservations(state, Date.now());
  const informativeness =
    state.settings.selection === 'informative'
      ? voting.informativeness(state.id, state.index.questions[0] ?? '')
      : null;
  while (showings.length < count) {
    const choice = chooseNext(state.index, rater, state.settings, informativeness, randomInt);
    if (!choice) break;
    showings.push(issue(voting.seal, state, rater, choice));
    const [oldest] = rater.outstanding.values();
    if (oldest && rater.outstanding.size > mostHeld) release(state.index, rater, oldest);
  }
  const contents = await voting.contents.of(
    state.id,
    showings.map(({ taskId }) => taskId),
  );
  const presentations = showings.flatMap((showing) => {
    const content = contents.get(showing.taskId);
    return content ? [present(voting.addressOf(state.id), state.settings, showing, content)] : [];
  });
  return { presentations, done: rater.done, open: toldOpen(state, rater) };
}

/**
 * How many tasks are open for a rater. Where others are mixed in, without them, and to the next ten: their showing does not make it less, so that
 * the exact number would tell which of them they are.
 */
function toldOpen({ index, settings }: ProjectState, rater: RaterState): number {
  const { goldShare, attentionShare, repeatShare } = settings;
  if (goldShare + attentionShare + repeatShare === 0) return openFor(index, rater);
  const mixedIn = [...rater.outstanding.values()].filter(({ purpose }) => purpose !== 'ordinary');
  return 10 * Math.ceil((openFor(index, rater) - mixedIn.length) / 10);
}
