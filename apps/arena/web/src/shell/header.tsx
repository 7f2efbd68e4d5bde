import './header.css';
import type { Project } from '@bradley/arena-contract';
import { useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { projectPath, sections } from './sections.js';
import { tasteProject, useSession } from './session.js';
import { ThemeSwitch } from './theme-switch.js';

/** The name, where one is in the project, and what belongs to no project. */
export function Header() {
  const { me, projects, archived } = useSession();
  const [location] = useLocation();
  const [open, setOpen] = useState(false);
  const project = useCurrentProject(projects, archived, location);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another address closes the menu
  useEffect(() => setOpen(false), [location]);

  const places = project ? sections.filter(({ shown }) => shown(project)) : [];
  // The first page of one person's arena is choosing.
  const here = location === '/' && project ? projectPath(project) : location.replace(/\/$/, '');
  return (
    <header className="header">
      <a className="skip" href="#main">
        To the content
      </a>
      <Link href="/" className="brand" aria-label="Bradley, first page">
        <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
          <circle cx="8.5" cy="12" r="6" fill="none" stroke="currentColor" strokeWidth="2" />
          <circle cx="15.5" cy="12" r="6" fill="var(--accent)" fillOpacity="0.9" />
        </svg>
        Bradley
      </Link>
      <button
        type="button"
        className="button compact menu-button"
        aria-expanded={open}
        aria-controls="menu"
        onClick={() => setOpen(!open)}
      >
        Menu
      </button>
      <div id="menu" className={open ? 'menu open' : 'menu'}>
        {project && projects.length > 1 && (
          <Link href="/projects" className="project-name">
            {project.name}
          </Link>
        )}
        {me.user && (
          <nav aria-label="Main">
            {places.map(({ name, path, also = [] }) => {
              const paths = [path(project as Project), ...also.map((one) => projectPath(project as Project, one))];
              return <Place key={name} name={name} path={path(project as Project)} here={paths.includes(here)} />;
            })}
            {me.user.kind !== 'guest' && <Place name="Runs" path="/runs" here={here.startsWith('/runs')} />}
            <Place name="Projects" path="/projects" here={here === '/projects'} />
          </nav>
        )}
        <div className="header-end">
          {me.user && me.mode === 'team' && <Place name={me.user.name} path="/account" here={here === '/account'} />}
          <ThemeSwitch />
        </div>
      </div>
    </header>
  );
}

function Place({ name, path, here }: { name: string; path: string; here: boolean }) {
  return (
    <Link href={path} aria-current={here ? 'page' : undefined}>
      {name}
    </Link>
  );
}

/** The project of the address; elsewhere the one that was looked at last. */
function useCurrentProject(
  projects: readonly Project[],
  archived: readonly Project[],
  location: string,
): Project | null {
  const [last, setLast] = useState<string | null>(null);
  const named = /^\/p\/([^/]+)/.exec(location)?.[1];
  const id = named === undefined ? null : decodeURIComponent(named);
  useEffect(() => {
    if (id !== null) setLast(id);
  }, [id]);
  const find = (wanted: string | null): Project | undefined =>
    [...projects, ...archived].find((project) => project.id === wanted);
  if (location === '/taste') return tasteProject(projects);
  return find(id) ?? find(last) ?? tasteProject(projects) ?? projects[0] ?? null;
}
