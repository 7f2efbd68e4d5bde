import type { Role } from '@bradley/arena-contract';
import type { HttpBindings } from '@hono/node-server';

/** Who asks: the one person of a local arena, an account, or a guest who came by an invite. */
export interface Actor {
  readonly kind: 'local' | 'user' | 'guest';
  readonly userId: string;
  readonly name: string;
}

/** Who asks, in the project that the path names. */
export interface Member {
  readonly projectId: string;
  readonly raterId: string;
  readonly role: Role;
  readonly archived: boolean;
}

/** What a request carries on its way. `member` is there behind `requireRole` only. */
export interface ArenaEnv {
  /** Absent where a request does not come over HTTP. */
  Bindings: Partial<HttpBindings>;
  Variables: { actor: Actor | null; member: Member; csrf: string };
}
