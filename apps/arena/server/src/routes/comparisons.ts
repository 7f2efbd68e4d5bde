import {
  comparisonFilterSchema,
  comparisonPageSchema,
  correctionSchema,
  knownAnswerSchema,
  type StoredComparison,
  storedComparisonSchema,
  withdrawalSchema,
} from '@bradley/arena-contract';
import {
  type BrowsedComparison,
  browseComparisons,
  type ComparisonEdit,
  type ComparisonRow,
  comparisonSchema,
  correctComparison,
  countComparisons,
  findComparison,
  type KnownAnswer,
  mediaTypes,
  setKnownAnswer,
  setWithdrawn,
} from '@bradley/preferences';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import type { Actor, Member } from '../env.js';
import { mediaAddress } from '../media/address.js';
import { invalid, notFound, Refusal } from '../refusal.js';
import { requireActor, requireRole } from '../security/require-role.js';
import { taskChanged } from '../voting/voting.js';
import { jsonAnswer, jsonBody, newRoutes, refusals } from './new-routes.js';

const params = z.object({ project: z.string() });
const oneParams = z.object({ project: z.string(), id: z.string() });

export function comparisonRoutes(arena: Arena) {
  const { store } = arena;
  const middleware = requireRole(arena, 'owner');
  const routes = newRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}/comparisons',
      summary: 'Comparisons that match a filter, newest first.',
      middleware,
      request: { params, query: comparisonFilterSchema },
      responses: { 200: jsonAnswer(comparisonPageSchema, 'a page of them'), ...refusals },
    }),
    async (c) => {
      const { projectId } = c.get('member');
      const { before, limit, ...filter } = c.req.valid('query');
      const page = { before: before === undefined ? undefined : Number(before), limit };
      const [rows, total] = await Promise.all([
        browseComparisons(store, projectId, filter, page),
        countComparisons(store, projectId, filter),
      ]);
      const next = rows.length === limit ? String(rows.at(-1)?.seq) : null;
      return c.json({ comparisons: await describe(arena, projectId, rows), total, next }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'patch',
      path: '/api/projects/{project}/comparisons/{id}',
      summary: 'Corrects the outcome of a comparison. What it was stays in the audit trail.',
      middleware,
      request: { params: oneParams, body: jsonBody(correctionSchema) },
      responses: { 200: jsonAnswer(storedComparisonSchema, 'as it is now'), ...refusals },
    }),
    async (c) => {
      const edit = editOf(c.get('member'), c.get('actor'), c.req.valid('param').id, c.req.valid('json').reason);
      const before = await findComparison(store, edit.projectId, edit.id);
      const { id, prompt, candidates } = before ?? missing(edit.id);
      const record = comparisonSchema.safeParse({ id, prompt, candidates, outcome: c.req.valid('json').outcome });
      if (!record.success) throw invalid(record.error);
      return c.json(await changed(arena, edit, await correctComparison(store, edit, record.data.outcome)), 200);
    },
  );

  for (const [method, path, withdrawn, summary] of [
    ['delete', '', true, 'Withdraws a comparison: it stays in the store, and counts no more.'],
    ['post', '/restore', false, 'Takes a withdrawal back.'],
  ] as const)
    routes.openapi(
      createRoute({
        method,
        path: `/api/projects/{project}/comparisons/{id}${path}`,
        summary,
        middleware,
        request: { params: oneParams, body: jsonBody(withdrawalSchema) },
        responses: { 200: jsonAnswer(storedComparisonSchema, 'as it is now'), ...refusals },
      }),
      async (c) => {
        const edit = editOf(c.get('member'), c.get('actor'), c.req.valid('param').id, c.req.valid('json').reason);
        return c.json(await changed(arena, edit, await setWithdrawn(store, edit, withdrawn)), 200);
      },
    );

  routes.openapi(
    createRoute({
      method: 'put',
      path: '/api/projects/{project}/comparisons/{id}/known',
      summary: 'Makes what is compared a task whose answer is known.',
      middleware,
      request: { params: oneParams, body: jsonBody(knownAnswerSchema) },
      responses: { 200: jsonAnswer(storedComparisonSchema, 'as it is now'), ...refusals },
    }),
    async (c) =>
      c.json(await known(arena, c.get('member'), c.get('actor'), c.req.valid('param').id, c.req.valid('json')), 200),
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/api/projects/{project}/comparisons/{id}/known',
      summary: 'Makes it an ordinary task again, or none where it was none.',
      middleware,
      request: { params: oneParams },
      responses: { 200: jsonAnswer(storedComparisonSchema, 'as it is now'), ...refusals },
    }),
    async (c) => c.json(await known(arena, c.get('member'), c.get('actor'), c.req.valid('param').id, null), 200),
  );

  return routes;
}

async function known(
  arena: Arena,
  { projectId }: Member,
  actor: Actor | null,
  id: string,
  answer: KnownAnswer | null,
): Promise<StoredComparison> {
  const comparison = (await findComparison(arena.store, projectId, id)) ?? missing(id);
  const { prompt, candidates } = comparison;
  const record = comparisonSchema.safeParse({ id, prompt, candidates, outcome: answer?.expected ?? { kind: 'skip' } });
  if (!record.success) throw invalid(record.error);
  const taskId = await setKnownAnswer(arena.store, comparison, answer, requireActor(actor).userId);
  if (taskId === null)
    throw new Refusal(409, 'not-here', 'Its candidates are not kept here, so they cannot be shown to raters.');
  await taskChanged(arena.voting, projectId, taskId);
  return now(arena, projectId, id);
}

const editOf = ({ projectId }: Member, actor: Actor | null, id: string, reason: string): ComparisonEdit => ({
  ...{ projectId, id, reason, actor: requireActor(actor).userId },
});

function missing(id: string): never {
  throw notFound(`The comparison ${JSON.stringify(id)}`);
}

/** What was changed, as it is now. The choice of what is next learns of it. */
async function changed(arena: Arena, edit: ComparisonEdit, row: ComparisonRow | null): Promise<StoredComparison> {
  const { taskId } = row ?? missing(edit.id);
  if (taskId) await taskChanged(arena.voting, edit.projectId, taskId);
  return now(arena, edit.projectId, edit.id);
}

async function now(arena: Arena, projectId: string, id: string): Promise<StoredComparison> {
  const [row] = await browseComparisons(arena.store, projectId, { id }, { limit: 1 });
  const [described] = await describe(arena, projectId, [row ?? missing(id)]);
  return described ?? missing(id);
}

async function describe(
  arena: Arena,
  projectId: string,
  rows: readonly BrowsedComparison[],
): Promise<StoredComparison[]> {
  const types = await mediaTypes(
    arena.store,
    rows.flatMap(({ candidates }) => candidates.map(({ media }) => media)),
  );
  return rows.map(({ raterId, withdrawnAt, at, candidates, known, ...row }) => ({
    ...{ id: row.id, prompt: row.prompt, outcome: row.outcome, question: row.question, rater: raterId },
    ...{ raterName: row.raterName, at: at?.toISOString() ?? null, milliseconds: row.milliseconds, shown: row.shown },
    ...{ purpose: row.purpose, withdrawn: withdrawnAt !== null, corrections: row.corrections },
    known:
      known?.expected && known.purpose !== 'ordinary' ? { purpose: known.purpose, expected: known.expected } : null,
    candidates: candidates.map(({ media, model, adapter, seed }) => ({
      media,
      address: types.has(media) ? mediaAddress(arena, projectId, media) : null,
      type: types.get(media) ?? null,
      ...(model !== undefined && { model }),
      ...(adapter !== undefined && { adapter }),
      ...(seed !== undefined && { seed }),
    })),
  }));
}
