import type { Role, Run } from '@bradley/arena-contract';
import { projectsOfRuns } from '@bradley/preferences';
import type { Arena } from '../context.js';
import type { Actor } from '../env.js';
import { notFound, Refusal } from '../refusal.js';
import { findRunFolder } from './run-folder.js';
import type { FolderRun } from './runs.js';

/** What somebody may see and do of runs. */
export interface RunAccess {
  sees(run: string): boolean;
  owns(run: string): boolean;
  /** The run as it is told, with the project it was started from. */
  tell(run: FolderRun): Run;
}

/**
 * The one person of a local arena sees and steers every run in the folder. In a team a run is its project's: owners and viewers
 * see it, owners steer it, and those who rate do not, since its pictures would tell them what they are to judge blindly. A run that
 * no project started is nobody's there.
 */
export async function runAccess(
  { store, services }: Pick<Arena, 'store' | 'services'>,
  actor: Actor,
): Promise<RunAccess> {
  const local = actor.kind === 'local';
  const projects = await projectsOfRuns(store, local ? null : actor.userId);
  const has = (run: string, ...roles: readonly Role[]) =>
    local || roles.some((role) => projects.get(run)?.role === role);
  return {
    sees: (run) => has(run, 'owner', 'viewer'),
    owns: (run) => has(run, 'owner'),
    tell(run) {
      const project = projects.get(run.id)?.projectId ?? null;
      return { ...run, project, strength: project === null ? null : (services.drawer?.adapterStrength ?? null) };
    },
  };
}

/** The folder of a run that one may see, or steer. Of one that is not to be seen nothing is said, not even that it is there. */
export async function requireRun(arena: Arena, access: RunAccess, id: string, right: 'see' | 'steer'): Promise<string> {
  const folder = access.sees(id) ? await findRunFolder(arena.services.runs.folder, id) : null;
  if (folder === null) throw notFound(`The run ${JSON.stringify(id)}`);
  if (right === 'steer' && !access.owns(id))
    throw new Refusal(403, 'forbidden', 'A run is steered by the owners of its project.');
  return folder;
}
