import './choose.css';
import type { Project } from '@bradley/arena-contract';
import { useSession } from '../shell/session.js';
import { ChooseFoot } from './choose-foot.js';
import { Connection } from './connection.js';
import { Consent } from './consent.js';
import { FirstRun } from './first-run.js';
import { PresentationView } from './presentation-view.js';
import { doneSoFar } from './queue.js';
import { useChooser } from './use-chooser.js';
import { Waiting } from './waiting.js';

/** Where comparisons are made. */
export function ChoosePage({ project }: { project: Project }) {
  const { me } = useSession();
  const choosing = useChooser(project.id, me.user?.id ?? 'nobody');
  const { queue, chooser } = choosing;
  const done = doneSoFar(queue);
  const shown = queue.ready[0];
  return (
    <main id="main" className="choose" tabIndex={-1}>
      <title>{`${project.name} · Bradley`}</title>
      <Connection queue={queue} onRetry={chooser.hurry} />
      {queue.obstacle?.code === 'consent' ? (
        <Consent project={project} onAgreed={chooser.hurry} />
      ) : (
        <>
          <FirstRun project={project} choices={done} />
          {shown ? (
            <PresentationView presentation={shown} choosing={choosing} count={done} />
          ) : (
            <Waiting project={project} queue={queue} />
          )}
          <ChooseFoot project={project} queue={queue} onAsked={chooser.hurry} />
        </>
      )}
    </main>
  );
}
