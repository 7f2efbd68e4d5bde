import type { Role } from '@bradley/arena-contract';
import { findMember, joinProject } from '@bradley/preferences';
import { createMiddleware } from 'hono/factory';
import type { Arena } from '../context.js';
import type { Actor, ArenaEnv, Member } from '../env.js';
import { notFound, Refusal } from '../refusal.js';

/** For paths with `:project`: lets members with one of the roles by, and sets `member`. Others do not learn that it exists. */
export function requireRole(arena: Arena, ...roles: readonly Role[]) {
  return createMiddleware<ArenaEnv>(async (c, next) => {
    const actor = requireActor(c.get('actor'));
    const projectId = c.req.param('project') ?? '';
    const member = await memberOf(arena, actor, projectId);
    if (member === null) throw notFound(`The project ${JSON.stringify(projectId)}`);
    if (!roles.includes(member.role))
      throw new Refusal(403, 'forbidden', `This needs the role ${roles.join(' or ')}; yours is ${member.role}.`);
    c.set('member', member);
    await next();
  });
}

/** For paths without a project. */
export function requireSignedIn() {
  return createMiddleware<ArenaEnv>(async (c, next) => {
    requireActor(c.get('actor'));
    await next();
  });
}

/** For what only some kinds of actors may do, wherever they are members; `why` says so to the others. */
export function requireKind(kinds: readonly Actor['kind'][], code: string, why: string) {
  return createMiddleware<ArenaEnv>(async (c, next) => {
    if (!kinds.includes(requireActor(c.get('actor')).kind)) throw new Refusal(403, code, why);
    await next();
  });
}

export function requireActor(actor: Actor | null): Actor {
  if (actor === null) throw new Refusal(401, 'sign-in', 'Sign in first, or open the invite link that you were given.');
  return actor;
}

/** What somebody is in a project, or null. The one person of a local arena owns every project, whoever made it. */
export async function memberOf(arena: Arena, actor: Actor, projectId: string): Promise<Member | null> {
  const cached = arena.members.get(projectId, actor.userId);
  if (cached) return cached;
  const member =
    actor.kind === 'local'
      ? await joinProject(arena.store, { projectId, userId: actor.userId, name: actor.name, role: 'owner' })
      : await findMember(arena.store, projectId, actor.userId);
  if (member) arena.members.set(actor.userId, member);
  return member;
}
