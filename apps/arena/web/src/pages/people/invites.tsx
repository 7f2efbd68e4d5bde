import { type Role, roles } from '@bradley/arena-contract';
import { useCallback, useState } from 'react';
import { type CreatedInvite, type Invite, listInvites, makeInvite, revokeInvite } from '../../api/people.js';
import { Copyable } from '../../ui/copyable.js';
import { DataTable } from '../../ui/data-table.js';
import { Field } from '../../ui/field.js';
import { Problem } from '../../ui/problem.js';
import { count, when, whole } from '../../ui/say.js';
import { useAction } from '../../ui/use-action.js';
import { useLoaded } from '../../ui/use-loaded.js';
import { WhenLoaded } from '../../ui/when-loaded.js';

export function Invites({ project }: { project: string }) {
  const invites = useLoaded(project, () => listInvites(project));
  const [made, setMade] = useState<CreatedInvite | null>(null);
  const revoke = useAction(
    useCallback(
      async (id: string) => {
        await revokeInvite(project, id);
        await invites.reload();
      },
      [project, invites.reload],
    ),
  );
  return (
    <section className="card" aria-labelledby="invites">
      <h2 id="invites">Invite links</h2>
      <NewInvite
        project={project}
        onMade={(invite) => {
          setMade(invite);
          void invites.reload();
        }}
      />
      {made && (
        <div className="section" role="status">
          <p>Whoever opens this link may join as {made.role}. Copy it now: it is shown this once.</p>
          <Copyable text={made.link} what="the invite link" />
        </div>
      )}
      <Problem>{revoke.problem}</Problem>
      <WhenLoaded of={invites} what="the invites">
        {(found) =>
          found.length === 0 ? (
            <p className="soft">There is no invite yet.</p>
          ) : (
            <DataTable
              caption="Invites"
              rows={found}
              keyOf={({ id }) => id}
              columns={[
                { name: 'Invites as', cell: ({ role }) => role },
                { name: 'Used', cell: sayUse },
                { name: 'Until', cell: ({ expiresAt }) => when(expiresAt) },
                {
                  name: 'State',
                  cell: (invite) => (
                    <State invite={invite} busy={revoke.busy} onRevoke={() => void revoke.run(invite.id)} />
                  ),
                },
              ]}
            />
          )
        }
      </WhenLoaded>
    </section>
  );
}

const sayUse = ({ used, uses }: Invite): string =>
  uses === null ? count(used, 'time') : `${whole(used)} of ${count(uses, 'time')}`;

function State({ invite, busy, onRevoke }: { invite: Invite; busy: boolean; onRevoke: () => void }) {
  const { revoked, uses, used, expiresAt, role } = invite;
  if (revoked) return <span className="tag failed">revoked</span>;
  if (new Date(expiresAt) < new Date()) return <span className="tag">expired</span>;
  if (uses !== null && used >= uses) return <span className="tag">used up</span>;
  return (
    <button
      type="button"
      className="button compact danger"
      disabled={busy}
      aria-label={`Revoke the invite as ${role}`}
      onClick={onRevoke}
    >
      Revoke
    </button>
  );
}

const says: Record<Role, string> = {
  rater: 'rater: chooses',
  viewer: 'viewer: sees the results',
  owner: 'owner: decides everything; needs an account',
};

function NewInvite({ project, onMade }: { project: string; onMade: (invite: CreatedInvite) => void }) {
  const [role, setRole] = useState<Role>('rater');
  const [uses, setUses] = useState('');
  const [days, setDays] = useState(14);
  const { run, busy, problem } = useAction(
    useCallback(
      async () => onMade(await makeInvite(project, { role, uses: uses === '' ? null : Number(uses), days })),
      [project, role, uses, days, onMade],
    ),
  );
  return (
    <form
      className="section"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <div className="columns">
        <Field label="As">
          {(control) => (
            <select
              {...control}
              className="input"
              value={role}
              onChange={({ target }) => setRole(target.value as Role)}
            >
              {roles.map((one) => (
                <option key={one} value={one}>
                  {says[one]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="For how many people" hint="Empty: as many as come.">
          {(control) => (
            <input
              {...control}
              className="input"
              type="number"
              min={1}
              max={100_000}
              value={uses}
              onChange={({ target }) => setUses(target.value)}
            />
          )}
        </Field>
        <Field label="Days that it is good for">
          {(control) => (
            <input
              {...control}
              className="input"
              type="number"
              required
              min={1}
              max={365}
              value={Number.isNaN(days) ? '' : days}
              onChange={({ target }) => setDays(target.valueAsNumber)}
            />
          )}
        </Field>
      </div>
      <Problem>{problem}</Problem>
      <div className="row">
        <button type="submit" className="button primary" disabled={busy}>
          Make a link
        </button>
      </div>
    </form>
  );
}
