import { Link } from 'wouter';
import { projectPath } from '../shell/sections.js';
import { useSession } from '../shell/session.js';
import { Fold } from '../ui/fold.js';
import { whole } from '../ui/say.js';
import { Restore } from './archived-notice.js';
import { NewProject } from './new-project.js';

/** The projects that one may see. */
export function ProjectsPage() {
  const { me, projects, archived } = useSession();
  return (
    <main id="main" className="page">
      <title>Projects · Bradley</title>
      <h1>Projects</h1>
      {projects.length === 0 ? (
        <p className="soft">There are none yet.</p>
      ) : (
        <div className="table-frame">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Candidates</th>
                <th scope="col" className="number">
                  Comparisons
                </th>
                <th scope="col" className="number">
                  Tasks
                </th>
                <th scope="col">You are</th>
              </tr>
            </thead>
            <tbody>
              {projects.map((project) => (
                <tr key={project.id}>
                  <th scope="row">
                    <Link href={projectPath(project, project.role === 'viewer' ? 'results' : '')}>{project.name}</Link>{' '}
                    {project.verdictOf && <span className="tag">blind verdict</span>}
                  </th>
                  <td>
                    {project.settings.candidates} × {project.settings.modality}
                  </td>
                  <td className="number">{project.comparisons.toLocaleString('en')}</td>
                  <td className="number">{project.tasks.toLocaleString('en')}</td>
                  <td>{project.role}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {archived.length > 0 && (
        <Fold says={`${whole(archived.length)} archived`}>
          <ul className="section">
            {archived.map((project) => (
              <li key={project.id} className="row">
                <Link href={projectPath(project, project.verdictOf ? 'verdict' : 'results')}>{project.name}</Link>
                {!project.verdictOf && <Restore project={project} />}
              </li>
            ))}
          </ul>
        </Fold>
      )}
      {me.user?.kind !== 'guest' && <NewProject />}
    </main>
  );
}
