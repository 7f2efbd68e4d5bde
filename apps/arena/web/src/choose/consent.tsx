import type { Project } from '@bradley/arena-contract';
import { useCallback } from 'react';
import { agree } from '../api/voting.js';
import { Problem } from '../ui/problem.js';
import { useAction } from '../ui/use-action.js';

/** What is agreed to before the first choice, word for word. */
export function Consent({ project, onAgreed }: { project: Project; onAgreed: () => void }) {
  const { consent } = project.settings;
  const { run, busy, problem } = useAction(
    useCallback(async () => {
      await agree(project.id, consent);
      onAgreed();
    }, [project.id, consent, onAgreed]),
  );
  return (
    <section className="waiting" aria-label="Consent">
      <h1>Before you begin</h1>
      <p className="consent-text">{consent}</p>
      <Problem>{problem}</Problem>
      <button type="button" className="button primary" disabled={busy} onClick={() => void run()}>
        I agree
      </button>
    </section>
  );
}
