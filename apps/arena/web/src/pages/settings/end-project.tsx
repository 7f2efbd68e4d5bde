import type { Project } from '@bradley/arena-contract';
import { useCallback, useState } from 'react';
import { useLocation } from 'wouter';
import { archiveProject, deleteProject } from '../../api/projects.js';
import { useSession } from '../../shell/session.js';
import { Dialog } from '../../ui/dialog.js';
import { Field } from '../../ui/field.js';
import { count } from '../../ui/say.js';
import { useAction } from '../../ui/use-action.js';

/** How a project is put away, or ended. */
export function EndProject({ project }: { project: Project }) {
  const [asking, setAsking] = useState<'archive' | 'delete' | null>(null);
  const dialog = { project, onClose: () => setAsking(null) };
  return (
    <section className="card" aria-labelledby="end">
      <h2 id="end">Archive or delete</h2>
      <p className="soft">
        An archived project is hidden from everybody but its owners, who can read it and bring it back. A deleted one is
        gone.
      </p>
      <div className="row">
        {project.archivedAt === null && (
          <button type="button" className="button" onClick={() => setAsking('archive')}>
            Archive
          </button>
        )}
        <button type="button" className="button danger" onClick={() => setAsking('delete')}>
          Delete for good
        </button>
      </div>
      {asking === 'archive' && <ArchiveDialog {...dialog} />}
      {asking === 'delete' && <DeleteDialog {...dialog} />}
    </section>
  );
}

interface AskProps {
  readonly project: Project;
  readonly onClose: () => void;
}

function ArchiveDialog({ project: { id, name }, onClose }: AskProps) {
  const leave = useLeave();
  const action = useAction(
    useCallback(async () => {
      await archiveProject(id);
      await leave();
    }, [id, leave]),
  );
  return (
    <Dialog title={`Archive ${name}?`} act="Archive" {...{ action, onClose }}>
      <p className="soft">
        Raters and viewers no longer find it, products can send it nothing, and its invites and keys rest. It stands
        below the projects, from where it can be restored.
      </p>
    </Dialog>
  );
}

function DeleteDialog({ project: { id, name, comparisons, tasks }, onClose }: AskProps) {
  const leave = useLeave();
  const [typed, setTyped] = useState('');
  const action = useAction(
    useCallback(async () => {
      await deleteProject(id, typed);
      await leave();
    }, [id, typed, leave]),
  );
  return (
    <Dialog
      title={`Delete ${name} for good?`}
      act="Delete for good"
      danger
      ready={typed.trim() === name}
      {...{ action, onClose }}
    >
      <p>
        {count(comparisons, 'comparison')} and {count(tasks, 'task')} go, with its people, keys, snapshots, and the
        verdicts on what was trained on it. Runs and their LoRAs stay. This cannot be taken back.
      </p>
      <Field label={`To go on, type its name: ${name}`}>
        {(control) => (
          <input
            {...control}
            className="input"
            autoComplete="off"
            value={typed}
            onChange={({ target }) => setTyped(target.value)}
          />
        )}
      </Field>
    </Dialog>
  );
}

/** To the projects, with what there is now. */
function useLeave(): () => Promise<void> {
  const { reload } = useSession();
  const [, go] = useLocation();
  return useCallback(async () => {
    go('/projects');
    await reload();
  }, [go, reload]);
}
