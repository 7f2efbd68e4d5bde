import { auditPageSchema, auditQuerySchema } from '@bradley/arena-contract';
import { listAudit } from '@bradley/preferences';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import { requireRole } from '../security/require-role.js';
import { jsonAnswer, newRoutes, refusals } from './new-routes.js';

export function auditRoutes(arena: Arena) {
  const routes = newRoutes();
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}/audit',
      summary: 'Who did what, besides voting.',
      middleware: requireRole(arena, 'owner'),
      request: { params: z.object({ project: z.string() }), query: auditQuerySchema },
      responses: { 200: jsonAnswer(auditPageSchema, 'newest first'), ...refusals },
    }),
    async (c) => {
      const { limit, before } = c.req.valid('query');
      const rows = await listAudit(arena.store, c.get('member').projectId, limit + 1, before);
      const page = rows.slice(0, limit);
      const entries = page.map(({ at, actor, actorName, action, subject, detail }) => ({
        ...{ at: at.toISOString(), actor, actorName, action, subject, detail },
      }));
      return c.json({ entries, next: rows.length > limit ? (page.at(-1)?.seq ?? null) : null }, 200);
    },
  );
  return routes;
}
