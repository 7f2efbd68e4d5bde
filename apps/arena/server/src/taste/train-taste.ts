import { join } from 'node:path';
import {
  addTraining,
  type FreezeOptions,
  type FrozenSnapshot,
  findProject,
  freezeSnapshot,
  type ProjectRow,
  recordAudit,
  SnapshotNameTakenError,
} from '@bradley/preferences';
import type { Arena } from '../context.js';
import type { Actor } from '../env.js';
import { arenaFolders } from '../open-arena.js';
import { notFound, Refusal } from '../refusal.js';
import { questionOf, tasteState } from './taste-state.js';

/** Starts the training of tastes, one at a time in a project. */
export interface TasteTraining {
  start(actor: Actor, projectId: string): Promise<{ run: string; snapshot: string }>;
}

export function openTasteTraining(arena: Arena): TasteTraining {
  const starting = new Set<string>();
  return {
    async start(actor, projectId) {
      // Until the run's process has said that it is there, nothing else tells a second click of the first.
      if (starting.has(projectId))
        throw new Refusal(409, 'not-now', 'A training of this project is just being started.');
      starting.add(projectId);
      try {
        return await startTraining(arena, actor, projectId);
      } finally {
        starting.delete(projectId);
      }
    },
  };
}

async function startTraining(arena: Arena, actor: Actor, projectId: string) {
  const { store, services } = arena;
  const [project, { why, trainings }] = await Promise.all([
    findProject(store, projectId),
    tasteState(arena, projectId),
  ]);
  if (!project) throw notFound(`The project ${JSON.stringify(projectId)}`);
  if (why !== null) throw new Refusal(409, 'not-now', why);
  const frozen = await freezeTaste(arena, project).catch((error: Error) => {
    throw new Refusal(409, 'not-frozen', error.message);
  });
  const { comparisons: choices, path: data } = frozen;
  const snapshot = `${frozen.name}@${frozen.version}`;
  const name = `${projectId}-taste-${trainings.length + 1}`;
  const run = await services.runs.startTaste({ name, data, choices }).catch((error: Error) => {
    throw new Refusal(409, 'not-started', error.message);
  });
  await addTraining(store, { run, projectId, snapshot, choices });
  const detail = { snapshot, choices };
  await recordAudit(store, { projectId, actor: actor.userId, action: 'taste.train', subject: run, detail });
  return { run, snapshot };
}

/** Under the project's name; where another project has frozen under that, however it came to, under the next. */
async function freezeTaste({ store, media, folder }: Arena, project: ProjectRow): Promise<FrozenSnapshot> {
  const name = `${project.id.slice(0, 54)}-taste`;
  const options = {
    projectId: project.id,
    folder: join(folder, arenaFolders.snapshots),
    filter: { questions: [questionOf(project)], kinds: ['winner', 'ranking'], sources: ['arena'] },
  } satisfies Omit<FreezeOptions, 'name'>;
  for (let number = 1; ; number++)
    try {
      return await freezeSnapshot(store, media, { ...options, name: number === 1 ? name : `${name}-${number}` });
    } catch (error) {
      if (!(error instanceof SnapshotNameTakenError) || number === mostNames) throw error;
    }
}

const mostNames = 99;
