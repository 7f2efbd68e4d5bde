import type { Project } from '@bradley/arena-contract';
import { useCallback, useState } from 'react';
import { Redirect, useLocation } from 'wouter';
import { signOut } from '../../api/me.js';
import { useSession } from '../../shell/session.js';
import { Problem } from '../../ui/problem.js';
import { useAction } from '../../ui/use-action.js';
import { ForgetDialog } from '../people/forget-dialog.js';

const kinds = {
  local: 'the one person of this arena, which needs no password',
  user: 'signed in with an account',
  guest: 'a guest, known to this browser only: signed out, there is no way back in',
} as const;

/** Who one is, the way out, and being forgotten. */
export function AccountPage() {
  const { me, projects, reload } = useSession();
  const [, go] = useLocation();
  const [forgetting, setForgetting] = useState<Project | null>(null);
  const { run, busy, problem } = useAction(
    useCallback(async () => {
      await signOut();
      await reload();
      go('/sign-in');
    }, [reload, go]),
  );
  if (!me.user) return <Redirect to="/sign-in" replace />;
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>You · Bradley</title>
      <div className="page-head">
        <div>
          <h1>{me.user.name}</h1>
          <p className="soft">You are {kinds[me.user.kind]}.</p>
        </div>
        {me.mode === 'team' && (
          <button type="button" className="button" disabled={busy} onClick={() => void run()}>
            Sign out
          </button>
        )}
      </div>
      <Problem>{problem}</Problem>
      <section className="card" aria-labelledby="forget">
        <h2 id="forget">Be forgotten</h2>
        <p className="soft">
          In each project you may have your name deleted, and what you chose too. Nobody has to be asked for that.
        </p>
        {projects.length === 0 ? (
          <p>You are in no project.</p>
        ) : (
          <ul className="section">
            {projects.map((project) => (
              <li key={project.id} className="row">
                <span>{project.name}</span>
                <span className="tag">{project.role}</span>
                <button
                  type="button"
                  className="button compact danger"
                  aria-label={`Forget me here, in ${project.name}`}
                  onClick={() => setForgetting(project)}
                >
                  Forget me here
                </button>
              </li>
            ))}
          </ul>
        )}
      </section>
      {forgetting && (
        <ForgetDialog
          project={forgetting.id}
          rater="me"
          name={`you in ${forgetting.name}`}
          onClose={() => setForgetting(null)}
          onDone={() => {
            setForgetting(null);
            void reload();
          }}
        />
      )}
    </main>
  );
}
