import type { Purpose, TaskAnswer } from '@bradley/preferences';
import { type IndexedTask, isDone, type TaskIndex } from './task-index.js';

/** A showing that is not answered yet. */
export interface Outstanding {
  readonly taskId: string;
  readonly token: string;
  readonly purpose: Purpose;
  readonly questions: readonly string[];
  readonly shown: readonly number[];
  readonly issuedAt: number;
  /** Which of the rater's showings it is, counted from the start of the server. */
  readonly number: number;
  /** The task that is kept for it; null where none is. */
  held: IndexedTask | null;
}

/** An ordinary task that was answered, in which of the rater's showings. */
export interface Answered {
  readonly taskId: string;
  /** How many candidates it has. */
  readonly size: number;
  readonly number: number;
}

/** What the server remembers of a rater of a project. All of it can be forgotten: it is made again from the store. */
export interface RaterState {
  readonly id: string;
  /** Comparisons of the rater that stand. */
  done: number;
  /** The sha256 of the consent text that was agreed to. */
  consent: string | null;
  /** Tasks in the index that the rater answered in full or is being shown: what is left is counted by it. */
  readonly seen: Set<IndexedTask>;
  /** By task. */
  readonly outstanding: Map<string, Outstanding>;
  /** The latest last. */
  readonly history: Answered[];
  readonly repeated: Set<string>;
  /** Showings so far. */
  issued: number;
  /** Number of the last one that was a repeat. */
  lastRepeat: number;
  /** Tasks left to the rater, in random order, once searching for one by chance no longer pays. */
  left: IndexedTask[];
}

const longestHistory = 200;

export function newRater(
  index: TaskIndex,
  id: string,
  known: { done: number; consent: string | null },
  latest: readonly TaskAnswer[],
): RaterState {
  const rater: RaterState = {
    ...{ id, ...known, seen: new Set(), outstanding: new Map(), history: [], repeated: new Set() },
    ...{ issued: 0, lastRepeat: Number.NEGATIVE_INFINITY, left: [] },
  };
  for (const { taskId, purpose } of latest) {
    const task = index.tasks.get(taskId);
    if (task && isDone(index, task, id)) rater.seen.add(task);
    if (purpose === 'repeat') rater.repeated.add(taskId);
  }
  const ordinary = latest.filter(({ purpose, kind }) => purpose === 'ordinary' && kind !== 'skip');
  const sizes = new Map(ordinary.map(({ taskId, size }) => [taskId, size]));
  [...sizes].slice(0, longestHistory).forEach(([taskId, size], ago) => {
    rater.history.unshift({ taskId, size, number: -ago });
  });
  return rater;
}

/** Notes that an ordinary task was answered, for repeats. */
export function remember(rater: RaterState, answered: Answered): void {
  rater.history.push(answered);
  if (rater.history.length > longestHistory) rater.history.shift();
}

/** How many of the free tasks are left to a rater, those on the screen included. */
export function openFor(index: TaskIndex, rater: RaterState): number {
  let taken = 0;
  for (const task of rater.seen) {
    if (task.closed) rater.seen.delete(task);
    else if (task.place !== -1) taken++;
  }
  return index.free.ahead.length + index.free.others.length - taken + rater.outstanding.size;
}
