import type { Project } from '@bradley/arena-contract';
import { useCallback, useState } from 'react';
import { loadAudit, type AuditPage as Page } from '../../api/audit.js';
import { DataTable } from '../../ui/data-table.js';
import { Problem } from '../../ui/problem.js';
import { when } from '../../ui/say.js';
import { useAction } from '../../ui/use-action.js';
import { useLoaded } from '../../ui/use-loaded.js';
import { WhenLoaded } from '../../ui/when-loaded.js';
import { SettingsFrame } from './settings-frame.js';

/** Who changed what. Choices are no part of it: they are browsed. */
export function AuditPage({ project }: { project: Project }) {
  const first = useLoaded(project.id, () => loadAudit(project.id));
  return (
    <SettingsFrame
      project={project}
      part="audit"
      says="Who changed what, newest first. Nothing is ever taken out of it."
    >
      <WhenLoaded of={first} what="the audit trail">
        {(page) => <Entries project={project.id} first={page} />}
      </WhenLoaded>
    </SettingsFrame>
  );
}

function Entries({ project, first }: { project: string; first: Page }) {
  const [shown, setShown] = useState(first);
  const { run, busy, problem } = useAction(
    useCallback(async () => {
      const more = await loadAudit(project, shown.next ?? undefined);
      setShown(({ entries }) => ({ entries: [...entries, ...more.entries], next: more.next }));
    }, [project, shown.next]),
  );
  if (shown.entries.length === 0) return <p className="soft">Nothing was changed yet.</p>;
  return (
    <>
      <DataTable
        caption="Audit trail"
        rows={shown.entries.map((entry, at) => ({ ...entry, key: `${shown.entries.length - at} ${entry.at}` }))}
        keyOf={({ key }) => key}
        columns={[
          { name: 'When', cell: ({ at }) => <span className="number">{when(at)}</span> },
          { name: 'Who', cell: ({ actor, actorName }) => actorName ?? `${actor.slice(0, 8)}, who left` },
          { name: 'What', cell: ({ action }) => <code>{action}</code> },
          { name: 'Of what', cell: ({ subject }) => <span className="audit-subject">{subject}</span> },
          { name: 'How', cell: ({ detail }) => <Detail of={detail} /> },
        ]}
      />
      <Problem>{problem}</Problem>
      {shown.next !== null && (
        <div className="row">
          <button type="button" className="button" disabled={busy} onClick={() => void run()}>
            Show older ones
          </button>
        </div>
      )}
    </>
  );
}

function Detail({ of }: { of: Record<string, unknown> }) {
  const parts = Object.entries(of).filter(([, value]) => value !== undefined && value !== null);
  if (parts.length === 0) return null;
  return (
    <ul className="audit-detail small">
      {parts.map(([name, value]) => (
        <li key={name}>
          <span className="soft">{name}:</span> {typeof value === 'string' ? value : JSON.stringify(value)}
        </li>
      ))}
    </ul>
  );
}
