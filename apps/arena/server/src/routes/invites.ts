import {
  acceptedInviteSchema,
  acceptInviteSchema,
  createdInviteSchema,
  inviteOfferSchema,
  inviteSchema,
  lookAtInviteSchema,
  newInviteSchema,
} from '@bradley/arena-contract';
import { type InviteRow, listInvites, recordAudit, revokeInvite } from '@bradley/preferences';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import { acceptInvite, invite, lookAtInvite } from '../people/invites.js';
import { notFound } from '../refusal.js';
import { requireActor, requireRole } from '../security/require-role.js';
import { jsonAnswer, jsonBody, newRoutes, refusals } from './new-routes.js';
import { setCookies } from './session.js';

const params = z.object({ project: z.string() });

export function inviteRoutes(arena: Arena) {
  const { store } = arena;
  const routes = newRoutes();

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/projects/{project}/invites',
      summary: 'Makes an invite link, which is shown once.',
      middleware: requireRole(arena, 'owner'),
      request: { params, body: jsonBody(newInviteSchema) },
      responses: { 201: jsonAnswer(createdInviteSchema, 'the invite'), ...refusals },
    }),
    async (c) => {
      const { projectId } = c.get('member');
      const { row, link } = await invite(
        arena,
        { projectId, actor: requireActor(c.get('actor')) },
        c.req.valid('json'),
      );
      return c.json({ ...describe(row), link }, 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}/invites',
      summary: 'The invites, without their secrets.',
      middleware: requireRole(arena, 'owner'),
      request: { params },
      responses: { 200: jsonAnswer(z.array(inviteSchema), 'newest first'), ...refusals },
    }),
    async (c) => c.json((await listInvites(store, c.get('member').projectId)).map(describe), 200),
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/api/projects/{project}/invites/{invite}',
      summary: 'Withdraws an invite. Who came by it stays.',
      middleware: requireRole(arena, 'owner'),
      request: { params: params.extend({ invite: z.string() }) },
      responses: { 204: { description: 'withdrawn' }, ...refusals },
    }),
    async (c) => {
      const { projectId } = c.get('member');
      const id = c.req.valid('param').invite;
      if (!(await revokeInvite(store, projectId, id))) throw notFound('The invite');
      const actor = requireActor(c.get('actor')).userId;
      await recordAudit(store, { projectId, actor, action: 'invite.revoke', subject: id });
      return c.body(null, 204);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/invites/look',
      summary: 'What an invite invites to.',
      request: { body: jsonBody(lookAtInviteSchema) },
      responses: { 200: jsonAnswer(inviteOfferSchema, 'the offer'), ...refusals },
    }),
    async (c) => {
      const { invite: found, projectName } = await lookAtInvite(arena, c.req.valid('json').secret);
      const { projectId: project, role, expiresAt } = found;
      return c.json({ project, name: projectName, role, expiresAt: expiresAt.toISOString() }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/invites/accept',
      summary: 'Joins a project: as who is signed in, with a new account, or as a guest.',
      request: { body: jsonBody(acceptInviteSchema) },
      responses: { 200: jsonAnswer(acceptedInviteSchema, 'joined; the cookies are set'), ...refusals },
    }),
    async (c) => {
      const { cookies, ...joined } = await acceptInvite(arena, c.get('actor'), c.req.valid('json'));
      setCookies(c, cookies);
      return c.json(joined, 200);
    },
  );

  return routes;
}

const describe = ({ id, role, uses, used, expiresAt, revokedAt }: InviteRow) => ({
  ...{ id, role, uses, used, expiresAt: expiresAt.toISOString(), revoked: revokedAt !== null },
});
