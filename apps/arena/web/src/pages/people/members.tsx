import { type Role, roles } from '@bradley/arena-contract';
import { useCallback, useState } from 'react';
import { changeRole, type Member, removeMember } from '../../api/people.js';
import { DataTable } from '../../ui/data-table.js';
import { Dialog } from '../../ui/dialog.js';
import { Problem } from '../../ui/problem.js';
import { when, whole } from '../../ui/say.js';
import { useAction } from '../../ui/use-action.js';
import { ForgetDialog } from './forget-dialog.js';

export function Members({
  project,
  members,
  onChanged,
}: {
  project: string;
  members: readonly Member[];
  onChanged: () => void;
}) {
  const [asking, setAsking] = useState<{ what: 'remove' | 'forget'; member: Member } | null>(null);
  const close = (): void => setAsking(null);
  const done = (): void => {
    close();
    onChanged();
  };
  const change = useAction(
    useCallback(
      async (rater: string, role: Role) => {
        try {
          await changeRole(project, rater, role);
        } finally {
          onChanged();
        }
      },
      [project, onChanged],
    ),
  );
  return (
    <section className="section" aria-labelledby="members">
      <h2 id="members">Members</h2>
      <Problem>{change.problem}</Problem>
      <DataTable
        caption="Members"
        rows={members}
        keyOf={({ rater }) => rater}
        columns={[
          { name: 'Name', cell: ({ name }) => name },
          {
            name: 'Role',
            cell: ({ rater, name, role }) => (
              <select
                className="input"
                aria-label={`Role of ${name}`}
                value={role}
                disabled={change.busy}
                onChange={({ target }) => void change.run(rater, target.value as Role)}
              >
                {roles.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
            ),
          },
          { name: 'Since', cell: ({ joinedAt }) => when(joinedAt) },
          { name: 'Comparisons', numeric: true, cell: ({ comparisons }) => whole(comparisons) },
          {
            name: 'Actions',
            cell: (member) => (
              <div className="row actions">
                <button
                  type="button"
                  className="button compact"
                  aria-label={`Remove ${member.name}`}
                  onClick={() => setAsking({ what: 'remove', member })}
                >
                  Remove
                </button>
                <button
                  type="button"
                  className="button compact danger"
                  aria-label={`Forget ${member.name}`}
                  onClick={() => setAsking({ what: 'forget', member })}
                >
                  Forget
                </button>
              </div>
            ),
          },
        ]}
      />
      {asking?.what === 'remove' && <Remove project={project} member={asking.member} onClose={close} onDone={done} />}
      {asking?.what === 'forget' && (
        <ForgetDialog
          project={project}
          rater={asking.member.rater}
          name={asking.member.name}
          onClose={close}
          onDone={done}
        />
      )}
    </section>
  );
}

function Remove({
  project,
  member,
  onClose,
  onDone,
}: {
  project: string;
  member: Member;
  onClose: () => void;
  onDone: () => void;
}) {
  const action = useAction(
    useCallback(async () => {
      await removeMember(project, member.rater);
      onDone();
    }, [project, member.rater, onDone]),
  );
  return (
    <Dialog title={`Remove ${member.name}?`} act="Remove" danger {...{ action, onClose }}>
      <p className="soft">
        {member.name} can no longer come in. What {member.name} chose stays, under the same name; to delete that too,
        forget {member.name} instead.
      </p>
    </Dialog>
  );
}
