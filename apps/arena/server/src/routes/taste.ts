import { tasteSchema, tasteStartedSchema } from '@bradley/arena-contract';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import { requireActor, requireRole } from '../security/require-role.js';
import { tasteState } from '../taste/taste-state.js';
import { openTasteTraining } from '../taste/train-taste.js';
import { jsonAnswer, newRoutes, refusals } from './new-routes.js';

const params = z.object({ project: z.string() });

export function tasteRoutes(arena: Arena) {
  const training = openTasteTraining(arena);
  const routes = newRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}/taste',
      summary: 'What was chosen so far, what was trained on it, and whether one can train now.',
      middleware: requireRole(arena, 'owner', 'viewer'),
      request: { params },
      responses: { 200: jsonAnswer(tasteSchema, 'as it is now'), ...refusals },
    }),
    async (c) => c.json(await tasteState(arena, c.get('member').projectId), 200),
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/projects/{project}/taste',
      summary: 'Freezes the choices and trains on them.',
      middleware: requireRole(arena, 'owner'),
      request: { params },
      responses: { 201: jsonAnswer(tasteStartedSchema, 'its process has been started'), ...refusals },
    }),
    async (c) => c.json(await training.start(requireActor(c.get('actor')), c.get('member').projectId), 201),
  );

  return routes;
}
