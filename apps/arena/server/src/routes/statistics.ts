import { leaderboardSchema, slugSchema, statisticsSchema } from '@bradley/arena-contract';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import { requireRole } from '../security/require-role.js';
import { jsonAnswer, newRoutes, refusals } from './new-routes.js';

const params = z.object({ project: z.string() });

export function statisticsRoutes(arena: Arena) {
  const routes = newRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}/statistics',
      summary: 'How much was judged, how fast, and how far raters agree.',
      middleware: requireRole(arena, 'owner', 'viewer'),
      request: { params },
      responses: { 200: jsonAnswer(statisticsSchema, 'a few seconds old at most'), ...refusals },
    }),
    async (c) => c.json(await arena.insight.statistics(c.get('member').projectId), 200),
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}/leaderboard',
      summary: 'Models by how often they are preferred, with intervals.',
      middleware: requireRole(arena, 'owner', 'viewer'),
      request: { params, query: z.strictObject({ question: slugSchema.default('overall') }) },
      responses: { 200: jsonAnswer(leaderboardSchema, 'a few seconds old at most'), ...refusals },
    }),
    async (c) => c.json(await arena.insight.leaderboard(c.get('member').projectId, c.req.valid('query').question), 200),
  );

  return routes;
}
