import type { Me, Project } from '@bradley/arena-contract';
import { createContext, type ReactNode, useContext } from 'react';
import { loadMe } from '../api/me.js';
import { listProjects } from '../api/projects.js';
import { useLoaded } from '../ui/use-loaded.js';
import { WhenLoaded } from '../ui/when-loaded.js';

/** Who one is, and the projects that one may see: every page needs both. */
export interface Session {
  readonly me: Me;
  readonly projects: readonly Project[];
  /** Those of one's own that are archived. */
  readonly archived: readonly Project[];
  /** To be called when either may have changed. */
  readonly reload: () => Promise<void>;
}

const SessionContext = createContext<Session | null>(null);

export function WithSession({ children }: { children: ReactNode }) {
  const session = useLoaded('session', async () => {
    const me = await loadMe();
    const all = me.user ? await listProjects() : [];
    const [projects, archived] = [false, true].map((is) => all.filter((one) => (one.archivedAt !== null) === is));
    return { me, projects: projects ?? [], archived: archived ?? [] };
  });
  return (
    <WhenLoaded of={session} what="Bradley">
      {(value) => <SessionContext value={{ ...value, reload: session.reload }}>{children}</SessionContext>}
    </WhenLoaded>
  );
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession is called outside WithSession');
  return session;
}

/** The project that new pictures are drawn for: the one in which a taste is learnt. */
export const tasteProject = (projects: readonly Project[]): Project | null =>
  projects.find(({ draws, verdictOf }) => draws && verdictOf === null) ?? null;
