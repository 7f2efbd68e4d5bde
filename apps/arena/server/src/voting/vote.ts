import type { Presentation, Vote } from '@bradley/arena-contract';
import { findComparison, hasAnswered, type NewComparison, withdrawComparisons } from '@bradley/preferences';
import { Refusal } from '../refusal.js';
import { outcomeOf } from './answer.js';
import { release } from './choose.js';
import { type ProjectState, refreshTask } from './project-state.js';
import { type RaterState, remember } from './rater-state.js';
import type { Sealed } from './seal.js';
import { issue, present } from './showing.js';
import { noteAnswer, reserve } from './task-index.js';
import type { Voting } from './voting.js';

export const comparisonId = (presentation: string, question: string): string => `${presentation}.${question}`;

/** Opens a token that must have been given to this rater in this project. */
export function openToken(voting: Voting, token: string, projectId: string, raterId: string): Sealed {
  const sealed = voting.seal.open(token);
  if (sealed === 'forged')
    throw new Refusal(400, 'bad-token', 'This token was not made here, or was changed on its way.');
  if (sealed === 'expired')
    throw new Refusal(410, 'expired', 'This was shown more than a day ago. Load the page again to go on.');
  if (sealed.project !== projectId || sealed.rater !== raterId)
    throw new Refusal(403, 'not-yours', 'This was shown to somebody else, or in another project.');
  return sealed;
}

/** Records the answer to a showing. Returns when it is in the write-ahead log; sent again, it changes nothing. */
export async function recordVote(
  voting: Voting,
  state: ProjectState,
  rater: RaterState,
  sealed: Sealed,
  { token, answers, milliseconds }: Vote,
): Promise<{ ids: string[]; duplicate: boolean; done: number }> {
  const content = (await voting.contents.of(state.id, [sealed.task])).get(sealed.task);
  if (!content) throw new Refusal(410, 'gone', 'What this was about has been deleted meanwhile.');
  const outcomes = checkedOutcomes(sealed, answers, state);
  const at = new Date().toISOString();
  const { purpose, task: taskId, shown, questions, presentation } = sealed;
  const rows = questions.map((question, i): NewComparison => {
    const outcome = outcomes[i] as NewComparison['record']['outcome'];
    const id = comparisonId(presentation, question);
    const { prompt, candidates } = content;
    return {
      ...{ projectId: state.id, source: 'arena', taskId, purpose },
      record: {
        id,
        prompt,
        candidates: [...candidates],
        outcome,
        question,
        rater: rater.id,
        at,
        milliseconds,
        shown: [...shown],
      },
    };
  });
  const ids = rows.map(({ record }) => record.id);
  // What is being shown now was not answered; of what was shown long ago, or before a restart, the rater may have had another token since.
  if (purpose !== 'repeat' && rater.outstanding.get(taskId)?.token !== token)
    await refuseSecond(voting, { projectId: state.id, taskId, raterId: rater.id, questions: [...questions] }, ids);
  const recorded = await voting.recorder.record(rows);
  const duplicate = recorded.every((one) => one === 'known');
  if (duplicate) await refuseWithdrawn(voting, state.id, ids[0] as string);
  else noteVote(state, rater, sealed, rows);
  return { ids, duplicate, done: rater.done };
}

function checkedOutcomes({ questions, shown }: Sealed, answers: Vote['answers'], { settings }: ProjectState) {
  const issues = Object.keys(answers)
    .filter((question) => !questions.includes(question))
    .map((question) => ({ path: `answers.${question}`, message: `was not asked; expected ${questions.join(', ')}` }));
  const outcomes = questions.map((question) => {
    const answer = Object.hasOwn(answers, question) ? answers[question] : undefined;
    const outcome = answer ? outcomeOf(answer, shown, settings) : 'has no answer';
    if (typeof outcome === 'string') issues.push({ path: `answers.${question}`, message: outcome });
    return outcome;
  });
  const [first] = issues;
  if (first) throw new Refusal(400, 'invalid', `${first.path}: ${first.message}`, { issues });
  return outcomes;
}

async function refuseSecond(voting: Voting, task: Parameters<typeof hasAnswered>[1], ids: string[]): Promise<void> {
  if (await hasAnswered(voting.store, task, ids))
    throw new Refusal(409, 'answered', 'This was shown twice, and answered the other time.');
}

async function refuseWithdrawn(voting: Voting, projectId: string, id: string): Promise<void> {
  const known = await findComparison(voting.store, projectId, id);
  if (known?.withdrawnAt)
    throw new Refusal(
      409,
      'withdrawn',
      'This answer was taken back. What was shown is shown anew, under another token.',
    );
}

/** The index follows what was recorded. */
function noteVote(state: ProjectState, rater: RaterState, sealed: Sealed, rows: readonly NewComparison[]): void {
  rater.done += rows.length;
  const { task, purpose, shown } = sealed;
  if (purpose !== 'repeat')
    for (const { record } of rows)
      noteAnswer(state.index, task, rater.id, record.question, record.outcome.kind !== 'skip');
  const showing = rater.outstanding.get(task);
  if (showing) release(state.index, rater, showing);
  const known = state.index.tasks.get(task);
  if (known) rater.seen.add(known);
  if (purpose === 'ordinary' && rows.some(({ record }) => record.outcome.kind !== 'skip'))
    remember(rater, { taskId: task, size: shown.length, number: showing?.number ?? rater.issued });
}

/** Withdraws the answer to a showing, and shows the same again under a new token. */
export async function undoVote(
  voting: Voting,
  state: ProjectState,
  rater: RaterState,
  sealed: Sealed,
): Promise<{ presentation: Presentation; done: number }> {
  const { task: taskId, presentation, questions, purpose, shown } = sealed;
  const withdrawn = await withdrawComparisons(
    voting.store,
    state.id,
    questions.map((question) => comparisonId(presentation, question)),
  );
  if (withdrawn.length === 0)
    throw new Refusal(404, 'not-found', 'There is no answer to this that could be taken back.');
  rater.done -= withdrawn.length;
  const answered = rater.history.findIndex((one) => one.taskId === taskId);
  if (purpose === 'ordinary' && answered !== -1) rater.history.splice(answered, 1);
  if (purpose !== 'repeat') await refreshTask(voting.store, state, taskId);
  const content = (await voting.contents.of(state.id, [taskId])).get(taskId);
  if (!content) throw new Refusal(410, 'gone', 'What this was about has been deleted meanwhile.');
  const held = purpose === 'repeat' ? null : (state.index.tasks.get(taskId) ?? null);
  if (held) {
    rater.seen.add(held);
    reserve(state.index, held, 1);
  }
  rater.issued++;
  const choice = { taskId, held, purpose, questions, size: shown.length, number: rater.issued };
  const showing = issue(voting.seal, state, rater, choice, shown);
  return { presentation: present(voting.addressOf(state.id), state.settings, showing, content), done: rater.done };
}
