import { moreVerdictSchema, newVerdictSchema, verdictSchema, verdictStartedSchema } from '@bradley/arena-contract';
import { findProject, verdictPairs } from '@bradley/preferences';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import { Refusal } from '../refusal.js';
import { requireActor, requireRole, requireSignedIn } from '../security/require-role.js';
import { requireRun, runAccess } from '../studio/run-access.js';
import { addRound, beginVerdict } from '../taste/begin-verdict.js';
import { verdictResult } from '../taste/verdict-result.js';
import { jsonAnswer, jsonBody, newRoutes, refusals } from './new-routes.js';

const project = z.object({ project: z.string() });

export function verdictRoutes(arena: Arena) {
  const routes = newRoutes();

  /** Where a verdict stands. */
  const verdictOf = async (projectId: string) => {
    const run = (await findProject(arena.store, projectId))?.verdictOf;
    if (!run) throw new Refusal(409, 'no-verdict', 'This project judges no training.');
    const pairs = await verdictPairs(arena.store, projectId);
    const done = pairs.filter(({ outcome }) => outcome !== null).length;
    const undrawn = pairs.filter(({ candidates }) => candidates === null).length;
    const judged = pairs.length > 0 && done === pairs.length;
    const result = judged ? verdictResult(pairs, arena.voting.addressOf(projectId)) : null;
    return { run, done, total: pairs.length, drawing: undrawn, problem: arena.verdicts.problem(projectId), result };
  };

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/runs/{run}/verdict',
      summary: 'Begins the blind judgement of a training, or says which project it is.',
      middleware: requireSignedIn(),
      request: { params: z.object({ run: z.string() }), body: jsonBody(newVerdictSchema) },
      responses: { 201: jsonAnswer(verdictStartedSchema, 'its pictures are being drawn'), ...refusals },
    }),
    async (c) => {
      const actor = requireActor(c.get('actor'));
      const { run } = c.req.valid('param');
      await requireRun(arena, await runAccess(arena, actor), run, 'steer');
      const id = await beginVerdict(arena, actor, run, c.req.valid('json').choices);
      arena.verdicts.planned(id);
      return c.json({ project: id }, 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}/verdict',
      summary: 'How much is judged; once all is, what was found.',
      middleware: requireRole(arena, 'owner', 'rater', 'viewer'),
      request: { params: project },
      responses: { 200: jsonAnswer(verdictSchema, 'counts, and the result once there is one'), ...refusals },
    }),
    async (c) => c.json(await verdictOf(c.get('member').projectId), 200),
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/projects/{project}/verdict',
      summary: 'Adds a round to a verdict that was told. It is told apart from the first.',
      middleware: requireRole(arena, 'owner'),
      request: { params: project, body: jsonBody(moreVerdictSchema) },
      responses: { 201: jsonAnswer(verdictSchema, 'blind again'), ...refusals },
    }),
    async (c) => {
      const { projectId } = c.get('member');
      await addRound(arena, requireActor(c.get('actor')), projectId, c.req.valid('json').choices);
      arena.verdicts.planned(projectId);
      return c.json(await verdictOf(projectId), 201);
    },
  );

  return routes;
}
