import {
  forgetSchema,
  forgottenSchema,
  memberChangeSchema,
  memberSchema,
  type Role,
  ratersSchema,
} from '@bradley/arena-contract';
import { changeMember, listMembers, listRaters, recordAudit } from '@bradley/preferences';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import type { Actor, Member } from '../env.js';
import { forget, lastOwner } from '../people/forget.js';
import { notFound, Refusal } from '../refusal.js';
import { requireActor, requireRole, requireRoleThoughArchived } from '../security/require-role.js';
import { jsonAnswer, jsonBody, newRoutes, refusals } from './new-routes.js';

const params = z.object({ project: z.string() });
/** As many as a list to choose from can have. */
const mostRaters = 500;
const raterParams = params.extend({ rater: z.string() });

export function memberRoutes(arena: Arena) {
  const routes = newRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}/members',
      summary: 'The people of a project.',
      middleware: requireRole(arena, 'owner'),
      request: { params },
      responses: { 200: jsonAnswer(z.array(memberSchema), 'in the order they joined'), ...refusals },
    }),
    async (c) => {
      const members = await listMembers(arena.store, c.get('member').projectId);
      return c.json(
        members.map((one) => ({ ...one, joinedAt: one.joinedAt.toISOString() })),
        200,
      );
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}/raters',
      summary: 'The raters of a project, those of imports and of products too.',
      middleware: requireRole(arena, 'owner'),
      request: { params },
      responses: { 200: jsonAnswer(ratersSchema, 'those who can come in first, by name'), ...refusals },
    }),
    async (c) => c.json(await listRaters(arena.store, c.get('member').projectId, mostRaters), 200),
  );

  routes.openapi(
    createRoute({
      method: 'patch',
      path: '/api/projects/{project}/members/{rater}',
      summary: 'Gives a member another role.',
      middleware: requireRole(arena, 'owner'),
      request: { params: raterParams, body: jsonBody(memberChangeSchema) },
      responses: { 204: { description: 'changed' }, ...refusals },
    }),
    async (c) => {
      const { role } = c.req.valid('json');
      await change(arena, c.get('member'), requireActor(c.get('actor')), c.req.valid('param').rater, role);
      return c.body(null, 204);
    },
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/api/projects/{project}/members/{rater}',
      summary: 'Removes a member, whose choices stay.',
      middleware: requireRole(arena, 'owner'),
      request: { params: raterParams },
      responses: { 204: { description: 'removed' }, ...refusals },
    }),
    async (c) => {
      await change(arena, c.get('member'), requireActor(c.get('actor')), c.req.valid('param').rater, null);
      return c.body(null, 204);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/projects/{project}/raters/{rater}/forget',
      summary: 'Deletes what is known of a rater: by the rater, whose own id is `me`, or by an owner.',
      middleware: requireRoleThoughArchived(arena, 'owner', 'rater', 'viewer'),
      request: { params: raterParams, body: jsonBody(forgetSchema) },
      responses: { 200: jsonAnswer(forgottenSchema, 'forgotten'), ...refusals },
    }),
    async (c) => {
      const member = c.get('member');
      const { rater } = c.req.valid('param');
      const raterId = rater === 'me' ? member.raterId : rater;
      if (raterId !== member.raterId && member.role !== 'owner')
        throw new Refusal(403, 'forbidden', 'Only an owner may have others forgotten.');
      const { how } = c.req.valid('json');
      const actor = requireActor(c.get('actor'));
      return c.json({ comparisons: await forget(arena, { projectId: member.projectId, raterId, how, actor }) }, 200);
    },
  );

  return routes;
}

/** @param role null to remove */
async function change(arena: Arena, { projectId }: Member, actor: Actor, rater: string, role: Role | null) {
  const done = await changeMember(arena.store, projectId, rater, role);
  if (done === 'unknown') throw notFound('The member');
  if (done === 'last-owner') throw lastOwner();
  arena.members.forget();
  await recordAudit(arena.store, {
    ...{ projectId, actor: actor.userId, action: role === null ? 'member.remove' : 'member.change', subject: rater },
    detail: role === null ? {} : { role },
  });
}
