import { randomUUID } from 'node:crypto';
import { apiKeySchema, createdApiKeySchema, newApiKeySchema } from '@bradley/arena-contract';
import { type ApiKeyRow, createApiKey, listApiKeys, recordAudit, revokeApiKey } from '@bradley/preferences';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import { notFound } from '../refusal.js';
import { requireActor, requireRole } from '../security/require-role.js';
import { hashOf, newSecret } from '../security/secret-text.js';
import { jsonAnswer, jsonBody, newRoutes, refusals } from './new-routes.js';

const params = z.object({ project: z.string() });
/** So that one that was committed by mistake is found by those who look for such. */
const keyPrefix = 'bradley_';

export function keyRoutes(arena: Arena) {
  const { store } = arena;
  const routes = newRoutes();

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/projects/{project}/keys',
      summary: 'Makes an API key, which is shown once.',
      middleware: requireRole(arena, 'owner'),
      request: { params, body: jsonBody(newApiKeySchema) },
      responses: { 201: jsonAnswer(createdApiKeySchema, 'the key'), ...refusals },
    }),
    async (c) => {
      const { projectId } = c.get('member');
      const { name, origins } = c.req.valid('json');
      const actor = requireActor(c.get('actor')).userId;
      const key = `${keyPrefix}${newSecret()}`;
      const row = await createApiKey(store, {
        ...{ id: randomUUID(), projectId, name, origins, createdBy: actor },
        ...{ prefix: key.slice(0, keyPrefix.length + 6), hash: hashOf(key) },
      });
      await recordAudit(store, { projectId, actor, action: 'key.create', subject: row.id, detail: { name, origins } });
      return c.json({ ...describe(row), key }, 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}/keys',
      summary: 'The API keys, by their first letters.',
      middleware: requireRole(arena, 'owner'),
      request: { params },
      responses: { 200: jsonAnswer(z.array(apiKeySchema), 'newest first'), ...refusals },
    }),
    async (c) => c.json((await listApiKeys(store, c.get('member').projectId)).map(describe), 200),
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/api/projects/{project}/keys/{key}',
      summary: 'Revokes an API key: within seconds it is good for nothing.',
      middleware: requireRole(arena, 'owner'),
      request: { params: params.extend({ key: z.string() }) },
      responses: { 204: { description: 'revoked' }, ...refusals },
    }),
    async (c) => {
      const { projectId } = c.get('member');
      const id = c.req.valid('param').key;
      if (!(await revokeApiKey(store, projectId, id))) throw notFound('The key');
      const actor = requireActor(c.get('actor')).userId;
      await recordAudit(store, { projectId, actor, action: 'key.revoke', subject: id });
      return c.body(null, 204);
    },
  );

  return routes;
}

const describe = ({ id, name, prefix, origins, createdAt, lastUsedAt, revokedAt }: ApiKeyRow) => ({
  ...{ id, name, prefix, origins, createdAt: createdAt.toISOString() },
  ...{ lastUsedAt: lastUsedAt?.toISOString() ?? null, revoked: revokedAt !== null },
});
