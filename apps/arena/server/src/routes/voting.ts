import {
  consentSchema,
  nextQuerySchema,
  nextSchema,
  undoneSchema,
  undoSchema,
  voteResultSchema,
  voteSchema,
} from '@bradley/arena-contract';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import { requireRole } from '../security/require-role.js';
import { openToken, recordVote, undoVote } from '../voting/vote.js';
import { consentingRater, giveConsent, nextShowings, projectState } from '../voting/voting.js';
import { jsonAnswer, jsonBody, newRoutes, refusals } from './new-routes.js';

const params = z.object({ project: z.string() });

export function votingRoutes(arena: Arena) {
  const { voting } = arena;
  const middleware = requireRole(arena, 'owner', 'rater');
  const routes = newRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}/next',
      summary: 'What is to be judged next.',
      middleware,
      request: { params, query: nextQuerySchema },
      responses: { 200: jsonAnswer(nextSchema, 'as many as there are, up to those asked for'), ...refusals },
    }),
    async (c) => {
      const { projectId, raterId } = c.get('member');
      const { wait, ...query } = c.req.valid('query');
      const until = Date.now() + wait * 1000;
      for (;;) {
        const state = await projectState(voting, projectId);
        const rater = await consentingRater(voting, state, raterId);
        const next = await nextShowings(voting, state, rater, query);
        arena.stock.want(state, raterId);
        const drawing = arena.stock.drawing(state);
        const left = arena.closing.aborted || c.req.raw.signal.aborted ? 0 : until - Date.now();
        if (next.presentations.length > 0 || drawing === 0 || left <= 0) return c.json({ ...next, drawing }, 200);
        await arena.stock.drawn(projectId, left, c.req.raw.signal);
      }
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/projects/{project}/votes',
      summary: 'Records the answer to what was shown.',
      middleware,
      request: { params, body: jsonBody(voteSchema) },
      responses: {
        201: jsonAnswer(voteResultSchema, 'recorded'),
        200: jsonAnswer(voteResultSchema, 'was recorded before'),
        ...refusals,
      },
    }),
    async (c) => {
      const { projectId, raterId } = c.get('member');
      const vote = c.req.valid('json');
      const sealed = openToken(voting, vote.token, projectId, raterId);
      const state = await projectState(voting, projectId);
      const rater = await consentingRater(voting, state, raterId);
      const result = await recordVote(voting, state, rater, sealed, vote);
      return c.json(result, result.duplicate ? 200 : 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/projects/{project}/votes/undo',
      summary: 'Takes an answer back and shows the same again.',
      middleware,
      request: { params, body: jsonBody(undoSchema) },
      responses: { 200: jsonAnswer(undoneSchema, 'the same showing under a new token'), ...refusals },
    }),
    async (c) => {
      const { projectId, raterId } = c.get('member');
      const sealed = openToken(voting, c.req.valid('json').token, projectId, raterId);
      const state = await projectState(voting, projectId);
      const rater = await consentingRater(voting, state, raterId);
      return c.json(await undoVote(voting, state, rater, sealed), 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/projects/{project}/consent',
      summary: 'Agrees to the consent text of the project.',
      middleware,
      request: { params, body: jsonBody(consentSchema) },
      responses: { 204: { description: 'noted' }, ...refusals },
    }),
    async (c) => {
      const { projectId, raterId } = c.get('member');
      await giveConsent(voting, projectId, raterId, c.req.valid('json').text);
      return c.body(null, 204);
    },
  );

  return routes;
}
