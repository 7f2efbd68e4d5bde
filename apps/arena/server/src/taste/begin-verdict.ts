import { projectSettingsSchema } from '@bradley/arena-contract';
import {
  createProject,
  findProject,
  findTraining,
  findVerdict,
  joinProject,
  normalizePrompt,
  planVerdictRound,
  recordAudit,
  type Store,
  trainablePrompts,
  verdictPairs,
} from '@bradley/preferences';
import type { Arena } from '../context.js';
import type { Actor } from '../env.js';
import { Refusal } from '../refusal.js';
import { isJudged } from './keep-blind.js';
import { planVerdict } from './plan-verdict.js';
import { questionOf } from './taste-state.js';
import { adapterOf } from './trained-run.js';

/** The project that judges a run, made and planned where there is none yet. The number of pairs is fixed here. */
export async function beginVerdict(arena: Arena, actor: Actor, run: string, count: number): Promise<string> {
  const { store } = arena;
  const known = await findVerdict(store, run);
  if (known !== null && (await verdictPairs(store, known)).length > 0) return known;
  const pairs = await plan(arena, run, count);
  const id = known ?? (await createVerdict(store, run));
  const { userId, name } = actor;
  await joinProject(store, { projectId: id, userId, name, role: 'owner' });
  if (await planVerdictRound(store, id, 1, pairs)) await note(arena, actor, id, run, 1, count);
  return id;
}

/** Plans another round of a verdict that has been judged. */
export async function addRound(arena: Arena, actor: Actor, projectId: string, count: number): Promise<void> {
  const run = (await findProject(arena.store, projectId))?.verdictOf;
  if (!run) throw new Refusal(409, 'no-verdict', 'This project judges no training.');
  if (!(await isJudged(arena, projectId)))
    throw new Refusal(
      409,
      'blind',
      'Judge what there is first. How many are judged before the result was decided at the beginning.',
    );
  const round = Math.max(...(await verdictPairs(arena.store, projectId)).map((pair) => pair.round)) + 1;
  if (await planVerdictRound(arena.store, projectId, round, await plan(arena, run, count)))
    await note(arena, actor, projectId, run, round, count);
}

const note = ({ store }: Arena, { userId }: Actor, projectId: string, run: string, round: number, pairs: number) =>
  recordAudit(store, { projectId, actor: userId, action: 'verdict.plan', subject: run, detail: { round, pairs } });

const leastUnseen = 200;

async function plan({ store, services }: Arena, run: string, count: number) {
  const training = await findTraining(store, run);
  const project = training && (await findProject(store, training.projectId));
  if (!training || !project || project.archivedAt)
    throw new Refusal(
      409,
      'not-a-taste',
      `The run ${run} was not started from choices in this arena, so there is nothing to judge it by.`,
    );
  if ((await adapterOf(services.runs.folder, run)) === null)
    throw new Refusal(409, 'not-finished', `The run ${run} has written no LoRA yet: wait until it is finished.`);
  if (!services.drawer) throw new Refusal(409, 'no-model', 'This server has no model to draw with.');
  const trained = await trainablePrompts(store, training.projectId, questionOf(project), training.createdAt);
  const known = new Set(trained.map(normalizePrompt));
  const suggested = services.drawer.suggestions(leastUnseen, 0);
  const unseen = [...new Set(suggested)].filter((prompt) => !known.has(normalizePrompt(prompt)));
  return planVerdict({ count, trained, unseen });
}

/** Makes the project that judges a run, under the run's name; where that is taken by another project, under the next. */
async function createVerdict(store: Store, run: string): Promise<string> {
  const settings = projectSettingsSchema.parse({
    draw: false,
    allowSkip: false, // each pair that was planned is judged; a tie is an answer
    instructions:
      'One picture is by the model as it was, one by the model that learnt your taste. Which do you like better?',
  });
  for (let number = 1; number <= mostIds; number++) {
    const id = verdictId(run, number);
    if (await createProject(store, { id, name: `Before and after: ${run}`, settings, verdictOf: run })) return id;
    const made = await findVerdict(store, run); // by another click at the same time
    if (made !== null) return made;
  }
  throw new Refusal(
    409,
    'exists',
    `There are projects ${verdictId(run, 1)} to ${mostIds} already that judge something else.`,
  );
}

const mostIds = 99;

/** An id of a project may hold less than the name of a run. */
const verdictId = (run: string, number: number): string => {
  const slug = `verdict-${run.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`.slice(0, 61).replace(/-$/, '');
  return number === 1 ? slug : `${slug}-${number}`;
};
