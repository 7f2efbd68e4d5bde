import './entry.css';
import type { ReactNode } from 'react';
import { Problem } from '../../ui/problem.js';
import type { Action } from '../../ui/use-action.js';

/** A narrow page with one form, by which one comes in. */
export function EntryForm({
  title,
  says,
  act,
  action,
  children,
}: {
  title: string;
  says: ReactNode;
  /** What the button says. */
  act: string;
  action: Action<[]>;
  children: ReactNode;
}) {
  return (
    <main id="main" className="page entry" tabIndex={-1}>
      <title>{`${title} · Bradley`}</title>
      <div className="page-head">
        <div>
          <h1>{title}</h1>
          <p className="soft">{says}</p>
        </div>
      </div>
      <form
        className="card"
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        {children}
        <Problem>{action.problem}</Problem>
        <button type="submit" className="button primary" disabled={action.busy}>
          {act}
        </button>
      </form>
    </main>
  );
}
