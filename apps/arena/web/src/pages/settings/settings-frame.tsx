import './settings.css';
import type { Project } from '@bradley/arena-contract';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { projectPath } from '../../shell/sections.js';

/** What owners decide, a page each. */
const parts = [
  { section: 'settings', name: 'Settings' },
  { section: 'people', name: 'People' },
  { section: 'keys', name: 'API keys' },
  { section: 'audit', name: 'Audit trail' },
] as const;

export function SettingsFrame({
  project,
  part,
  says,
  children,
}: {
  project: Project;
  part: (typeof parts)[number]['section'];
  says: string;
  children: ReactNode;
}) {
  const name = parts.find(({ section }) => section === part)?.name;
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>{`${name} · ${project.name} · Bradley`}</title>
      <nav className="subnav" aria-label="Settings of the project">
        {parts.map((one) => (
          <Link
            key={one.section}
            href={projectPath(project, one.section)}
            aria-current={one.section === part ? 'page' : undefined}
          >
            {one.name}
          </Link>
        ))}
      </nav>
      <div className="page-head">
        <div>
          <h1>{name}</h1>
          <p className="soft">{says}</p>
        </div>
      </div>
      {project.role === 'owner' ? children : <p className="notice">Only owners of the project may see this.</p>}
    </main>
  );
}
