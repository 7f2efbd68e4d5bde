import { ownPromptsResultSchema, ownPromptsSchema } from '@bradley/arena-contract';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import { Refusal } from '../refusal.js';
import { requireRole } from '../security/require-role.js';
import { consentingRater, projectState } from '../voting/voting.js';
import { jsonAnswer, jsonBody, newRoutes, refusals } from './new-routes.js';

export function promptRoutes(arena: Arena) {
  const routes = newRoutes();
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/projects/{project}/prompts',
      summary: 'Has pictures drawn for prompts of one’s own; they are shown before all others.',
      middleware: requireRole(arena, 'owner', 'rater'),
      request: { params: z.object({ project: z.string() }), body: jsonBody(ownPromptsSchema) },
      responses: { 202: jsonAnswer(ownPromptsResultSchema, 'they will be drawn'), ...refusals },
    }),
    async (c) => {
      const { projectId, raterId } = c.get('member');
      const { drawer } = arena.services;
      const state = await projectState(arena.voting, projectId);
      if (drawer === null || !arena.stock.draws(state))
        throw new Refusal(
          409,
          'draws-nothing',
          'No pictures are drawn for this project: its tasks are added by its owner.',
        );
      const rater = await consentingRater(arena.voting, state, raterId);
      const { prompts } = c.req.valid('json');
      arena.stock.want(state, rater.id);
      const drawn = prompts.map((prompt) => drawer.knows(prompt));
      if (
        !arena.stock.add(
          state,
          prompts.filter((_, i) => drawn[i]),
        )
      )
        throw new Refusal(
          429,
          'too-many',
          'Many prompts wait to be drawn already. Choose between some pictures first.',
        );
      const unknownWords = prompts.map((prompt) => drawer.unknownWords(prompt));
      return c.json({ unknownWords, drawn, drawing: arena.stock.drawing(state) }, 202);
    },
  );
  return routes;
}
