import type { Project } from '@bradley/arena-contract';
import { useRef } from 'react';
import { Link } from 'wouter';
import { projectPath } from '../shell/sections.js';
import type { Queue } from './queue.js';

/** While there is nothing to choose: pictures are being drawn, or all is answered. */
export function Waiting({ project, queue }: { project: Project; queue: Queue }) {
  const drawing = queue.server?.drawing ?? 0;
  const most = useRef(1);
  most.current = Math.max(most.current, drawing);
  if (queue.server === null || drawing > 0 || !queue.nothingNew)
    return (
      <section className="waiting" role="status">
        <div className="waiting-pair" aria-hidden="true">
          <span />
          <span />
        </div>
        {drawing > 0 && (
          <>
            <h1 className="waiting-title">
              Bradley is drawing {queue.server?.done === 0 ? 'the first pictures for you' : 'the next pictures'}.{' '}
              {drawing === 1 ? 'One pair' : `${drawing} pairs`} to go.
            </h1>
            <Bar share={(most.current - drawing + 0.15) / most.current} />
          </>
        )}
      </section>
    );
  return (
    <section className="waiting" role="status">
      {project.verdictOf ? (
        <>
          <h1>That was the last pair</h1>
          <Link className="button primary" href={projectPath(project, 'verdict')}>
            See which was which
          </Link>
        </>
      ) : (
        <>
          <h1>{queue.server.done > 0 ? 'You have seen everything' : 'Nothing to choose yet'}</h1>
          <p className="soft">
            {project.draws
              ? 'Ask for pictures of something below.'
              : 'There is nothing more to choose here now. New pairs appear by themselves.'}
          </p>
          {project.role !== 'rater' && (
            <Link className="button" href={projectPath(project, 'results')}>
              See the results
            </Link>
          )}
        </>
      )}
    </section>
  );
}

function Bar({ share }: { share: number }) {
  return (
    <div className="bar" aria-hidden="true">
      <div style={{ width: `${100 * Math.min(1, share)}%` }} />
    </div>
  );
}
