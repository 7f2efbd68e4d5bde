import { useSyncExternalStore } from 'react';
import type { Queue } from './queue.js';

/** Says when the server cannot be reached, and that nothing is lost; and what it refused. Nothing while all is well. */
export function Connection({ queue, onRetry }: { queue: Queue; onRetry: () => void }) {
  const online = useOnline();
  const unsent = queue.outbox.length;
  const troubled = !online || queue.failures > 1;
  const refused = queue.refused.at(-1);
  if (queue.obstacle?.code === 'consent') return null; // the page asks for it instead
  if (queue.obstacle)
    return (
      <div className="notice wrong" role="alert">
        <span>{queue.obstacle.problem}</span>
        <button type="button" className="button compact" onClick={onRetry}>
          Try again
        </button>
      </div>
    );
  if (troubled)
    return (
      <div className="notice" role="status">
        <span>
          {online ? 'Bradley does not answer.' : 'You are offline.'}{' '}
          {unsent === 0
            ? 'It is tried again by itself.'
            : `${unsent === 1 ? 'One choice is' : `${unsent} choices are`} kept here and sent as soon as it answers. You can go on, and close the page.`}
        </span>
        <button type="button" className="button compact" onClick={onRetry}>
          Try now
        </button>
      </div>
    );
  if (refused)
    return (
      <div className="notice wrong" role="alert">
        {queue.refused.length === 1 ? 'One choice was' : `${queue.refused.length} choices were`} not taken:{' '}
        {refused.problem}
      </div>
    );
  return null;
}

const useOnline = (): boolean =>
  useSyncExternalStore(
    (changed) => {
      addEventListener('online', changed);
      addEventListener('offline', changed);
      return () => {
        removeEventListener('online', changed);
        removeEventListener('offline', changed);
      };
    },
    () => navigator.onLine,
  );
