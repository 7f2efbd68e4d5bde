import './data.css';
import type { Project } from '@bradley/arena-contract';
import { useState } from 'react';
import { listImports } from '../../api/datasets.js';
import { useSession } from '../../shell/session.js';
import { useLoaded } from '../../ui/use-loaded.js';
import { WhenLoaded } from '../../ui/when-loaded.js';
import { AddTasks } from './add-tasks.js';
import { Exports } from './exports.js';
import { ImportForm } from './import-form.js';
import { ImportReport } from './import-report.js';
import { Snapshots } from './snapshots.js';

/** How comparisons come into a project and out of it. */
export function DataPage({ project }: { project: Project }) {
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>{`Data · ${project.name} · Bradley`}</title>
      <div className="page-head">
        <div>
          <h1>Data</h1>
          <p className="soft">How comparisons come into {project.name}, and how they get out of it to be trained on.</p>
        </div>
      </div>
      {!project.draws && <AddTasks project={project} />}
      <Imports project={project} />
      <Snapshots project={project} />
      <Exports project={project} />
    </main>
  );
}

const often = 1000;

function Imports({ project }: { project: Project }) {
  const { reload } = useSession();
  const [running, setRunning] = useState(false);
  const imports = useLoaded(
    project.id,
    async () => {
      const found = await listImports(project.id);
      const now = found.some(({ status }) => status === 'running');
      // What came in counts in the numbers of the other pages.
      if (running && !now) void reload();
      setRunning(now);
      return found;
    },
    running ? often : null,
  );
  return (
    <section className="card" aria-labelledby="import">
      <h2 id="import">Import</h2>
      <ImportForm project={project.id} onImported={() => void imports.reload()} />
      <WhenLoaded of={imports} what="the imports">
        {(found) => (
          <div>
            {found.map((one) => (
              <ImportReport key={one.id} of={one} />
            ))}
          </div>
        )}
      </WhenLoaded>
    </section>
  );
}
