import type { Project } from '@bradley/arena-contract';
import { type ComponentType, lazy, Suspense } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { ChoosePage } from './choose/choose-page.js';
import { ArchivedNotice } from './pages/archived-notice.js';
import { NotFound } from './pages/not-found.js';
import { ProjectsPage } from './pages/projects-page.js';
import { entryPages, projectPages } from './pages/table.js';
import { BrokenPage } from './shell/broken-page.js';
import { Header } from './shell/header.js';
import { projectPath } from './shell/sections.js';
import { tasteProject, useSession, WithSession } from './shell/session.js';

// Charts are most of the page's bytes, and choosing needs none of them.
const TastePage = lazy(async () => ({ default: (await import('./taste/taste-page.js')).TastePage }));
const RunsPage = lazy(async () => ({ default: (await import('./runs/runs-page.js')).RunsPage }));
const RunPage = lazy(async () => ({ default: (await import('./runs/run-page.js')).RunPage }));

export function App() {
  const [location] = useLocation();
  return (
    <WithSession>
      <Header />
      <BrokenPage key={location}>
        <Suspense fallback={<main id="main" className="page" />}>
          <Switch>
            <Route path="/">
              <FirstPage />
            </Route>
            <Route path="/projects" component={ProjectsPage} />
            <Route path="/taste" component={TastePage} />
            <Route path="/runs" component={RunsPage} />
            <Route path="/runs/:run">{({ run = '' }) => <RunPage key={run} id={decodeURIComponent(run)} />}</Route>
            {entryPages.map(({ path, Page }) => (
              <Route key={path} path={path} component={Page} />
            ))}
            {projectPages.map(({ section, Page }) => (
              <Route key={section} path={`/p/:project${section && `/${section}`}`}>
                {({ project = '' }) => <InProject key={project} id={project} Page={Page} />}
              </Route>
            ))}
            <Route>
              <NotFound what="page" />
            </Route>
          </Switch>
        </Suspense>
      </BrokenPage>
    </WithSession>
  );
}

/** One person's arena begins with choosing; a team's with its projects. */
function FirstPage() {
  const { me, projects } = useSession();
  const taste = tasteProject(projects);
  if (!me.user) return <Redirect to="/sign-in" replace />;
  if (me.mode === 'local' && taste) return <ChoosePage project={taste} />;
  return <ProjectsPage />;
}

function InProject({ id, Page }: { id: string; Page: ComponentType<{ project: Project }> }) {
  const { me, projects, archived } = useSession();
  const project = [...projects, ...archived].find((project) => project.id === decodeURIComponent(id));
  if (!me.user) return <Redirect to="/sign-in" replace />;
  if (!project) return <NotFound what="project" />;
  if (project.archivedAt === null) return <Page project={project} />;
  if (Page === ChoosePage) return <Redirect to={projectPath(project, 'results')} replace />;
  return (
    <>
      <ArchivedNotice project={project} />
      <Page project={project} />
    </>
  );
}
