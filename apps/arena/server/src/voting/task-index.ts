import type { OpenTask } from '@bradley/preferences';

/** A task as the index has it. */
export interface IndexedTask {
  readonly id: string;
  readonly purpose: OpenTask['purpose'];
  readonly ahead: boolean;
  readonly makers: OpenTask['makers'];
  /** Per rater, a bit for each question that was answered, skips included. */
  readonly answers: Map<string, number>;
  /** Per question, the answers that count: one a rater, no skips. */
  readonly counts: number[];
  /** Showings that are not answered yet. */
  reserved: number;
  /** Its place in the list of free tasks; −1 where it is in none. */
  place: number;
  /** Whether every question has all its answers; it is in the index no more. */
  closed: boolean;
}

/**
 * The tasks of one project that want answers, in memory, so that the choice of the next costs no query. Plain data: the functions
 * here keep the lists true. What is noted twice counts once, since a row may come from a vote and again from the store.
 */
export interface TaskIndex {
  readonly questions: readonly string[];
  readonly votesPerTask: number;
  readonly tasks: Map<string, IndexedTask>;
  /** Ordinary tasks that could be shown to one more rater: those to be shown before the others, and the others. */
  readonly free: { readonly ahead: IndexedTask[]; readonly others: IndexedTask[] };
  /** Tasks whose answer is known. They are never used up, but shown to a rater once. */
  readonly known: { readonly gold: IndexedTask[]; readonly attention: IndexedTask[] };
}

export const newIndex = (questions: readonly string[], votesPerTask: number): TaskIndex => ({
  questions,
  votesPerTask,
  tasks: new Map(),
  free: { ahead: [], others: [] },
  known: { gold: [], attention: [] },
});

/** Puts a task in, as the store has it, unless it is there or has all its answers. */
export function addTask(index: TaskIndex, { id, purpose, position, makers, answers }: OpenTask): void {
  if (index.tasks.has(id)) return;
  const task: IndexedTask = {
    ...{ id, purpose, ahead: position < 0, makers, answers: new Map(), counts: index.questions.map(() => 0) },
    ...{ reserved: 0, place: -1, closed: false },
  };
  index.tasks.set(id, task);
  if (purpose !== 'ordinary') index.known[purpose].push(task);
  for (const [rater, question, counts] of answers) note(index, task, rater, question, counts);
  settle(index, task);
}

/** Notes that a rater answered a question of a task. */
export function noteAnswer(index: TaskIndex, taskId: string, rater: string, question: string, counts: boolean): void {
  const task = index.tasks.get(taskId);
  if (!task) return;
  note(index, task, rater, question, counts);
  settle(index, task);
}

/** Notes that a task is being shown to one more rater, or that this is over. */
export function reserve(index: TaskIndex, task: IndexedTask, showings: 1 | -1): void {
  task.reserved += showings;
  if (!task.closed) settle(index, task);
}

/** Takes a task out. Who holds it sees it closed. */
export function removeTask(index: TaskIndex, taskId: string): void {
  const task = index.tasks.get(taskId);
  if (!task) return;
  close(index, task);
  if (task.purpose !== 'ordinary') index.known[task.purpose].splice(index.known[task.purpose].indexOf(task), 1);
}

/** The questions of a task that one more answer of the rater is wanted for. */
export function wantedQuestions(index: TaskIndex, task: IndexedTask, rater: string): string[] {
  const answered = task.answers.get(rater) ?? 0;
  return index.questions.filter((_question, i) => !(answered & (1 << i)) && hasRoom(index, task, i));
}

/** Whether a rater answered every question of a task. */
export const isDone = (index: TaskIndex, task: IndexedTask, rater: string): boolean =>
  (task.answers.get(rater) ?? 0) === (1 << index.questions.length) - 1;

const hasRoom = (index: TaskIndex, task: IndexedTask, question: number): boolean =>
  task.purpose !== 'ordinary' || (task.counts[question] ?? 0) + task.reserved < index.votesPerTask;

function note(index: TaskIndex, task: IndexedTask, rater: string, question: string, counts: boolean): void {
  const i = index.questions.indexOf(question);
  const answered = task.answers.get(rater) ?? 0;
  if (i === -1 || answered & (1 << i)) return;
  task.answers.set(rater, answered | (1 << i));
  if (counts) task.counts[i] = (task.counts[i] ?? 0) + 1;
}

/** Puts an ordinary task where it belongs: among the free ones, aside while it is shown to enough raters, or out. */
function settle(index: TaskIndex, task: IndexedTask): void {
  if (task.purpose !== 'ordinary') return;
  if (task.counts.every((count) => count >= index.votesPerTask)) close(index, task);
  else if (!task.counts.some((_count, i) => hasRoom(index, task, i))) takeOut(index, task);
  else if (task.place === -1) task.place = listOf(index, task).push(task) - 1;
}

function close(index: TaskIndex, task: IndexedTask): void {
  takeOut(index, task);
  task.closed = true;
  index.tasks.delete(task.id);
}

/** The last of the list takes the place. */
function takeOut(index: TaskIndex, task: IndexedTask): void {
  if (task.place === -1) return;
  const list = listOf(index, task);
  const last = list.pop();
  if (last && last !== task) {
    list[task.place] = last;
    last.place = task.place;
  }
  task.place = -1;
}

const listOf = (index: TaskIndex, task: IndexedTask): IndexedTask[] =>
  task.ahead ? index.free.ahead : index.free.others;
