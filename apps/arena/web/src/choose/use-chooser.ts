import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { ApiError } from '../api/request.js';
import { nextPresentations, sendVote, undoVote } from '../api/voting.js';
import { type Chooser, type Delivered, startChooser } from './chooser.js';
import { type Prepared, preparedMedia } from './prepare.js';
import type { Entry, Queue } from './queue.js';
import { unsentIn } from './unsent.js';

export interface Choosing {
  readonly queue: Queue;
  readonly chooser: Chooser;
  readonly prepared: Prepared;
}

/** The queue of one project and one person, at work for as long as the page shows it. */
export function useChooser(project: string, user: string): Choosing {
  const { chooser, prepared } = useMemo(() => {
    const prepared = preparedMedia();
    const chooser = startChooser({
      next: (count, wait, again) => nextPresentations(project, count, wait, again),
      send: (entry) => deliver(project, entry),
      unsent: unsentIn(localStorage, project, user),
      prepare: prepared.prepare,
      later(run, milliseconds) {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
      },
    });
    return { chooser, prepared };
  }, [project, user]);

  useEffect(() => {
    chooser.start();
    addEventListener('online', chooser.hurry);
    return () => {
      removeEventListener('online', chooser.hurry);
      chooser.stop();
    };
  }, [chooser]);

  const queue = useSyncExternalStore(chooser.subscribe, chooser.snapshot);
  return { queue, chooser, prepared };
}

async function deliver(project: string, entry: Entry): Promise<Delivered> {
  if (entry.kind === 'vote') return { done: (await sendVote(project, entry.vote)).done, renewed: null };
  try {
    const { done, presentation } = await undoVote(project, entry.token);
    return { done, renewed: presentation };
  } catch (error) {
    // What is not there, or no longer, need not be taken back.
    if (error instanceof ApiError && [404, 409, 410].includes(error.status)) return { done: null, renewed: null };
    throw error;
  }
}
