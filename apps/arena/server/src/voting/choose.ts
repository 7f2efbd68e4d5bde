import type { ProjectSettings } from '@bradley/arena-contract';
import type { Maker, Purpose } from '@bradley/preferences';
import { type Answered, type Outstanding, openFor, type RaterState } from './rater-state.js';
import { type IndexedTask, isDone, reserve, type TaskIndex, wantedQuestions } from './task-index.js';

export type Shares = Pick<ProjectSettings, 'goldShare' | 'attentionShare' | 'repeatShare'>;

/** How much an answer to a task by these makers would say; of tasks drawn by chance the highest is taken. Null: chance alone decides. */
export type Informativeness = ((makers: readonly Maker[]) => number) | null;

/** A uniform integer below n. */
export type Random = (below: number) => number;

/** What to show next. */
export interface Choice {
  readonly taskId: string;
  /** The task that is kept for it; a repeat keeps none. */
  readonly held: IndexedTask | null;
  readonly purpose: Purpose;
  readonly questions: readonly string[];
  /** How many candidates it has. */
  readonly size: number;
  readonly number: number;
}

/** Other showings that must lie between two of the same task. */
const between = 5;
/** How many tasks are looked at for the most informative one. */
const looked = 64;

/**
 * Chooses what a rater sees next and keeps it for him, or null where no ordinary task is left: then it is over, whatever gold or
 * repeats there were. The caller notes it as outstanding before the next is chosen. Tasks with a known answer and repeats stand in for an ordinary one in the shares that the project wants.
 */
export function chooseNext(
  index: TaskIndex,
  rater: RaterState,
  shares: Shares,
  informativeness: Informativeness,
  random: Random,
): Choice | null {
  const ordinary = ordinaryTask(index, rater, informativeness, random);
  if (!ordinary) return null;
  const chosen = insteadOf(index, rater, shares, random) ?? { task: ordinary, purpose: 'ordinary' as const };
  rater.issued++;
  const number = rater.issued;
  if ('taskId' in chosen) {
    rater.lastRepeat = number;
    rater.repeated.add(chosen.taskId);
    return {
      taskId: chosen.taskId,
      held: null,
      purpose: 'repeat',
      questions: index.questions,
      size: chosen.size,
      number,
    };
  }
  const { task, purpose } = chosen;
  const questions = wantedQuestions(index, task, rater.id);
  rater.seen.add(task);
  reserve(index, task, 1);
  return { taskId: task.id, held: task, purpose, questions, size: task.makers.length, number };
}

/** Gives back what was kept for a showing that is over. */
export function release(index: TaskIndex, rater: RaterState, { taskId, held }: Pick<Outstanding, 'taskId' | 'held'>) {
  rater.outstanding.delete(taskId);
  if (held === null) return;
  reserve(index, held, -1);
  if (!isDone(index, held, rater.id)) rater.seen.delete(held);
}

/** A gold or attention task, or a repeat, where its turn has come. */
function insteadOf(index: TaskIndex, rater: RaterState, shares: Shares, random: Random) {
  const { goldShare, attentionShare, repeatShare } = shares;
  if (goldShare + attentionShare + repeatShare === 0) return null;
  const turn = random(2 ** 32) / 2 ** 32;
  if (turn < goldShare) return knownTask(index, rater, 'gold', random);
  if (turn < goldShare + attentionShare) return knownTask(index, rater, 'attention', random);
  if (turn < goldShare + attentionShare + repeatShare) return repeat(rater, random);
  return null;
}

function knownTask(index: TaskIndex, rater: RaterState, purpose: 'gold' | 'attention', random: Random) {
  const fresh = index.known[purpose].filter((task) => isWanted(index, rater, task));
  const task = fresh.length > 0 ? fresh[random(fresh.length)] : undefined;
  return task ? { task, purpose } : null;
}

function repeat(rater: RaterState, random: Random): Answered | null {
  if (rater.lastRepeat === rater.issued) return null;
  const old = rater.history.filter(
    ({ taskId, number }) => number + between <= rater.issued && !rater.repeated.has(taskId),
  );
  return old.length > 0 ? (old[random(old.length)] ?? null) : null;
}

function ordinaryTask(index: TaskIndex, rater: RaterState, informativeness: Informativeness, random: Random) {
  const first = index.free.ahead.find((task) => isFree(index, rater, task));
  if (first) return first;
  if (!informativeness) return drawn(index, rater, 1, random)[0];
  let best: IndexedTask | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const task of drawn(index, rater, looked, random)) {
    const value = informativeness(task.makers);
    if (value > most) [best, most] = [task, value];
  }
  return best;
}

/** Up to so many free tasks, by chance: by trying, and where most are not this rater's any more, from the list of what is left. */
function drawn(index: TaskIndex, rater: RaterState, wanted: number, random: Random): IndexedTask[] {
  const { others } = index.free;
  const found = new Set<IndexedTask>();
  for (let tries = 0; tries < 2 * wanted + 20 && found.size < wanted && others.length > 0; tries++) {
    const task = others[random(others.length)];
    if (task && isFree(index, rater, task)) found.add(task);
  }
  if (found.size > 0) return [...found];
  if (!rater.left.some((task) => isFree(index, rater, task))) {
    if (openFor(index, rater) === rater.outstanding.size) return [];
    rater.left = others.filter((task) => isFree(index, rater, task));
  }
  while (found.size < wanted && rater.left.length > 0) {
    const at = random(rater.left.length);
    const task = rater.left[at];
    rater.left[at] = rater.left.at(-1) as IndexedTask;
    rater.left.pop();
    if (task && isFree(index, rater, task)) found.add(task);
  }
  return [...found];
}

const isFree = (index: TaskIndex, rater: RaterState, task: IndexedTask): boolean =>
  task.place !== -1 && isWanted(index, rater, task);

const isWanted = (index: TaskIndex, rater: RaterState, task: IndexedTask): boolean =>
  !rater.outstanding.has(task.id) && wantedQuestions(index, task, rater.id).length > 0;
