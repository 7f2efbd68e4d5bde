import type { Role } from '@bradley/arena-contract';
import { findMember, joinProject } from '@bradley/preferences';
import { createMiddleware } from 'hono/factory';
import type { Arena } from '../context.js';
import type { Actor, ArenaEnv, Member } from '../env.js';
import { notFound, Refusal } from '../refusal.js';

const reads = new Set(['GET', 'HEAD']);

/**
 * For paths with `:project`: lets members with one of the roles by, and sets `member`. Others do not learn that it exists. What is
 * archived is there for its owners, to be read.
 */
export const requireRole = (arena: Arena, ...roles: readonly Role[]) => admit(arena, roles, false);

/** The same for what may be done with an archived project too. */
export const requireRoleThoughArchived = (arena: Arena, ...roles: readonly Role[]) => admit(arena, roles, true);

function admit(arena: Arena, roles: readonly Role[], writesThoughArchived: boolean) {
  return createMiddleware<ArenaEnv>(async (c, next) => {
    const actor = requireActor(c.get('actor'));
    const projectId = c.req.param('project') ?? '';
    const member = await memberOf(arena, actor, projectId);
    if (member === null) throw notFound(`The project ${JSON.stringify(projectId)}`);
    if (!roles.includes(member.role))
      throw new Refusal(403, 'forbidden', `This needs the role ${roles.join(' or ')}; yours is ${member.role}.`);
    if (member.archived && !writesThoughArchived && !reads.has(c.req.method))
      throw new Refusal(409, 'archived', 'The project is archived: it can be read only. Restore it first.');
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

/** What somebody is in a project, or null: what is archived is hidden from all but its owners. The one person of a local arena owns every project, whoever made it. */
export async function memberOf(arena: Arena, actor: Actor, projectId: string): Promise<Member | null> {
  const member = arena.members.get(projectId, actor.userId) ?? (await lookUp(arena, actor, projectId));
  return member?.archived && member.role !== 'owner' ? null : member;
}

async function lookUp(arena: Arena, actor: Actor, projectId: string): Promise<Member | null> {
  const member =
    actor.kind === 'local'
      ? await joinProject(arena.store, { projectId, userId: actor.userId, name: actor.name, role: 'owner' })
      : await findMember(arena.store, projectId, actor.userId);
  if (member) arena.members.set(actor.userId, member);
  return member;
}
