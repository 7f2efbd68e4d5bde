import type { Project } from '@bradley/arena-contract';
import { useCallback } from 'react';
import { restoreProject } from '../api/projects.js';
import { useSession } from '../shell/session.js';
import { Problem } from '../ui/problem.js';
import { useAction } from '../ui/use-action.js';

/** Above every page of an archived project. */
export function ArchivedNotice({ project }: { project: Project }) {
  return (
    <aside className="above-page" aria-label="Archived">
      <div className="notice">
        <span>{project.name} is archived: it is hidden from everybody but its owners, and can be read only.</span>
        {/* A verdict goes and comes with the project whose training it judges. */}
        {!project.verdictOf && <Restore project={project} />}
      </div>
    </aside>
  );
}

export function Restore({ project: { id, name } }: { project: Project }) {
  const { reload } = useSession();
  const { run, busy, problem } = useAction(
    useCallback(async () => {
      await restoreProject(id);
      await reload();
    }, [id, reload]),
  );
  return (
    <>
      <button
        type="button"
        className="button compact"
        aria-label={`Restore ${name}`}
        disabled={busy}
        onClick={() => void run()}
      >
        Restore
      </button>
      <Problem>{problem}</Problem>
    </>
  );
}
