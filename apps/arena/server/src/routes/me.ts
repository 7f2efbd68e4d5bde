import { type Me, meSchema } from '@bradley/arena-contract';
import { createRoute } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import { version } from '../version.js';
import { jsonAnswer, newRoutes, refusals } from './new-routes.js';

export function meRoutes(arena: Arena) {
  const routes = newRoutes();
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/me',
      summary: 'Who asks, and the token for what writes.',
      responses: { 200: jsonAnswer(meSchema, 'who asks'), ...refusals },
    }),
    (c) => {
      const actor = c.get('actor');
      const user: Me['user'] = actor && { id: actor.userId, name: actor.name, kind: actor.kind };
      return c.json({ mode: arena.mode, user, csrf: c.get('csrf'), version }, 200);
    },
  );
  return routes;
}
