import { createHash } from 'node:crypto';
import { type ProjectSettings, projectSettingsSchema } from '@bradley/arena-contract';
import {
  answersAfter,
  findProject,
  lastSeq,
  latestAnswers,
  type OpenTask,
  raterStanding,
  type Store,
  taskById,
  tasksAfter,
} from '@bradley/preferences';
import { notFound } from '../refusal.js';
import { release } from './choose.js';
import { newRater, type Outstanding, type RaterState } from './rater-state.js';
import { addTask, newIndex, noteAnswer, removeTask, type TaskIndex } from './task-index.js';

/** What voting in a project needs, in memory. */
export interface ProjectState {
  readonly id: string;
  settings: ProjectSettings;
  verdictOf: string | null;
  /** The sha256 of the consent text; null where nothing is asked. */
  consent: string | null;
  readonly index: TaskIndex;
  readonly raters: Map<string, RaterState>;
  /** Showings in the order in which they end. */
  readonly reservations: { readonly rater: RaterState; readonly showing: Outstanding }[];
  /** How far the store was read: the last position of each purpose, and the last comparison. */
  readonly read: { gold: number; attention: number; ordinary: number; seq: number };
  readonly loadedAt: number;
  followedAt: number;
}

/** Rows a query fetches at most, so that PGlite, which computes on this thread, holds up nobody for long. */
const slice = 1000;
/** More tasks than this wait in the store until some of these are done. */
export const mostTasks = 200_000;
const mostRaters = 5000;
/** How long a task is kept for a rater who does not answer. */
const keptFor = 120_000;

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Reads a project from the store. Throws a refusal where there is none. */
export async function loadProject(store: Store, id: string): Promise<ProjectState> {
  const { settings, verdictOf } = await readSettings(store, id);
  const index = newIndex(
    settings.questions.map((question) => question.id),
    settings.votesPerTask,
  );
  const now = Date.now();
  const state: ProjectState = {
    ...{ id, settings, verdictOf, consent: consentOf(settings), index, raters: new Map(), reservations: [] },
    // Answers that come while tasks are read may be read twice, which is harmless.
    read: { ...{ gold: first, attention: first, ordinary: first }, seq: await lastSeq(store, id) },
    ...{ loadedAt: now, followedAt: now },
  };
  await readTasks(store, state);
  return state;
}

const first = Number.MIN_SAFE_INTEGER;
const consentOf = ({ consent }: ProjectSettings): string | null => (consent === '' ? null : sha256(consent));

async function readSettings(store: Store, id: string) {
  const project = await findProject(store, id);
  if (!project || project.archivedAt) throw notFound(`The project ${JSON.stringify(id)}`);
  return { settings: projectSettingsSchema.parse(project.settings), verdictOf: project.verdictOf };
}

/** Reads tasks that were not read yet; whether there were any. */
async function readTasks(store: Store, { id, index, read }: ProjectState): Promise<boolean> {
  let found = false;
  for (const purpose of ['gold', 'attention', 'ordinary'] as const) {
    let rows: OpenTask[] = [];
    do {
      if (index.tasks.size >= mostTasks) return found;
      rows = await tasksAfter(store, id, purpose, read[purpose], slice);
      for (const row of rows) addTask(index, row);
      read[purpose] = Math.max(read[purpose], rows.at(-1)?.position ?? first);
      found ||= rows.length > 0;
      await breath();
    } while (rows.length === slice);
  }
  return found;
}

/** Lets requests by that wait. */
const breath = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * Brings a project up to date with the store: settings, new tasks, and on a server the answers that other processes took. False
 * where it must be loaded anew, since what is asked has changed. Tasks put ahead are read by `refreshTask`, or when it is loaded.
 */
export async function followStore(store: Store, state: ProjectState): Promise<boolean> {
  const { settings, verdictOf } = await readSettings(store, state.id);
  const same = (a: ProjectSettings) => JSON.stringify([a.questions.map(({ id }) => id), a.votesPerTask]);
  if (same(settings) !== same(state.settings)) return false;
  Object.assign(state, { settings, verdictOf, consent: consentOf(settings) });
  await readTasks(store, state);
  if (store.kind === 'pglite') return true; // one owner: every answer came by here
  for (let rows = slice; rows === slice; ) {
    const answers = await answersAfter(store, state.id, state.read.seq, slice);
    for (const { taskId, raterId, question, kind, purpose } of answers)
      if (purpose !== 'repeat') noteAnswer(state.index, taskId, raterId, question, kind !== 'skip');
    state.read.seq = answers.at(-1)?.seq ?? state.read.seq;
    rows = answers.length;
  }
  return true;
}

/** Reads the consent text again, and nothing else: what raters are being shown is not forgotten for it. */
export async function followConsent(store: Store, state: ProjectState): Promise<void> {
  const { consent } = (await readSettings(store, state.id)).settings;
  state.settings = { ...state.settings, consent };
  state.consent = consentOf(state.settings);
}

/** Reads one task again: after an answer to it was withdrawn or restored, or when it was put ahead. */
export async function refreshTask(store: Store, { id, index }: ProjectState, taskId: string): Promise<void> {
  const task = await taskById(store, id, taskId);
  removeTask(index, taskId);
  if (task) addTask(index, task);
}

/** What is remembered of a rater, read where it is not. */
export async function raterOf(store: Store, state: ProjectState, raterId: string): Promise<RaterState> {
  const known = state.raters.get(raterId);
  if (known) {
    state.raters.delete(raterId);
    state.raters.set(raterId, known); // the longest unheard goes first
    return known;
  }
  const standing = await raterStanding(store, state.id, raterId);
  const latest = standing.done > 0 ? await latestAnswers(store, state.id, raterId, slice) : [];
  const meanwhile = state.raters.get(raterId);
  if (meanwhile) return meanwhile;
  const rater = newRater(state.index, raterId, standing, latest);
  state.raters.set(raterId, rater);
  for (const old of state.raters.keys()) {
    if (state.raters.size <= mostRaters) break;
    state.raters.delete(old);
  }
  return rater;
}

/** Gives back the tasks of showings that nobody answered in time. An answer that comes later counts all the same. */
export function endReservations({ index, reservations }: ProjectState, now: number): void {
  let ended = 0;
  for (const { rater, showing } of reservations) {
    if (now - showing.issuedAt < keptFor) break;
    if (rater.outstanding.get(showing.taskId) === showing) release(index, rater, showing);
    ended++;
  }
  if (ended > 0) reservations.splice(0, ended);
}
