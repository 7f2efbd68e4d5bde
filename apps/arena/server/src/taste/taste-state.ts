import { projectSettingsSchema, type Taste } from '@bradley/arena-contract';
import { countTrainable, findProject, findVerdict, listTrainings, type ProjectRow } from '@bradley/preferences';
import type { Arena } from '../context.js';
import { notFound } from '../refusal.js';
import { statusOf } from './trained-run.js';

/** With fewer, what would be learnt is mostly chance. */
export const leastChoices = 10;
/** What docs/taste.md measured to be worth training on. */
const advisedChoices = 30;
const suggested = 12;

/** The question that a taste is learnt from: the first. */
export const questionOf = ({ settings }: Pick<ProjectRow, 'settings'>): string =>
  projectSettingsSchema.parse(settings).questions[0]?.id ?? 'overall';

/** Runs of these have a process, or are about to. */
const atWork: ReadonlySet<string> = new Set(['running', 'paused', 'new']);

/** What has been chosen in a project, what was trained on it, and whether one can train now. */
export async function tasteState({ store, services }: Arena, projectId: string): Promise<Taste> {
  const project = await findProject(store, projectId);
  if (!project) throw notFound(`The project ${JSON.stringify(projectId)}`);
  const rows = await listTrainings(store, projectId);
  const trainings = await Promise.all(
    rows.map(async ({ run, choices }) => {
      const [status, verdict] = await Promise.all([statusOf(services.runs.folder, run), findVerdict(store, run)]);
      return { run, status, choices, verdict };
    }),
  );
  const choices = await countTrainable(store, projectId, questionOf(project));
  const now = { choices, running: trainings.find(({ status }) => atWork.has(status))?.run ?? null };
  const why = reason({ ...now, hasModel: services.drawer !== null, isVerdict: project.verdictOf !== null });
  return {
    ...{ choices, least: leastChoices, advised: advisedChoices, canTrain: why === null, why, trainings },
    suggestions: services.drawer?.suggestions(suggested, choices) ?? [],
  };
}

interface Standing {
  readonly choices: number;
  readonly running: string | null;
  readonly hasModel: boolean;
  readonly isVerdict: boolean;
}

/** Why one cannot train now, or null. */
function reason({ choices, running, hasModel, isVerdict }: Standing): string | null {
  if (!hasModel) return 'This server has no model to train: it was started without one.';
  if (isVerdict) return 'These choices judge a training. To train on them would make the judgement say nothing.';
  if (running !== null) return `${running} is still training on this project. Wait until it ends, or stop it.`;
  const more = leastChoices - choices;
  return more <= 0
    ? null
    : `${choices} ${choices === 1 ? 'choice says' : 'choices say'} too little: make ${more} more. About ${advisedChoices} are worth training on.`;
}
