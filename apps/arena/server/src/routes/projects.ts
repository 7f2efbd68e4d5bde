import {
  newProjectSchema,
  newProjectSettingsSchema,
  type Project,
  projectChangeSchema,
  projectSchema,
  projectSettingsSchema,
} from '@bradley/arena-contract';
import {
  changeProject,
  createProject,
  findProject,
  joinProject,
  type ProjectOverview,
  projectOverviews,
  recordAudit,
} from '@bradley/preferences';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import type { Actor } from '../env.js';
import { invalid, notFound, Refusal } from '../refusal.js';
import { requireActor, requireKind, requireRole, requireSignedIn } from '../security/require-role.js';
import { drawsFor } from '../voting/draws-for.js';
import { jsonAnswer, jsonBody, newRoutes, refusals } from './new-routes.js';

const params = z.object({ project: z.string() });

export function projectRoutes(arena: Arena) {
  const { store } = arena;
  const routes = newRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects',
      summary: 'The projects that one is a member of; archived ones where one is their owner.',
      middleware: requireSignedIn(),
      responses: { 200: jsonAnswer(z.array(projectSchema), 'oldest first'), ...refusals },
    }),
    async (c) => {
      const rows = await projectOverviews(store, scopeOf(requireActor(c.get('actor'))));
      return c.json(
        rows.map((row) => describe(arena, row)),
        200,
      );
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}',
      summary: 'One project.',
      middleware: requireRole(arena, 'owner', 'rater', 'viewer'),
      request: { params },
      responses: { 200: jsonAnswer(projectSchema, 'the project'), ...refusals },
    }),
    async (c) => c.json(await overview(arena, requireActor(c.get('actor')), c.req.valid('param').project), 200),
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/projects',
      summary: 'Makes a project, whose owner is who asks.',
      middleware: requireKind(['local', 'user'], 'forbidden', 'A guest cannot make projects.'),
      request: { body: jsonBody(newProjectSchema) },
      responses: { 201: jsonAnswer(projectSchema, 'the project'), ...refusals },
    }),
    async (c) => {
      const actor = requireActor(c.get('actor'));
      const { id, name, settings } = c.req.valid('json');
      const whole = newProjectSettingsSchema.safeParse(settings);
      if (!whole.success) throw invalid(whole.error);
      if (!(await createProject(store, { id, name, settings: whole.data })))
        throw new Refusal(409, 'exists', `There is a project ${id} already. Choose another id.`);
      await joinProject(store, { projectId: id, userId: actor.userId, name: actor.name, role: 'owner' });
      await recordAudit(store, { projectId: id, actor: actor.userId, action: 'project.create', subject: id });
      return c.json(await overview(arena, actor, id), 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'patch',
      path: '/api/projects/{project}',
      summary: 'Changes the name or some of the settings.',
      middleware: requireRole(arena, 'owner'),
      request: { params, body: jsonBody(projectChangeSchema) },
      responses: { 200: jsonAnswer(projectSchema, 'the project'), ...refusals },
    }),
    async (c) => {
      const { projectId } = c.get('member');
      const actor = requireActor(c.get('actor'));
      const { name, settings } = c.req.valid('json');
      const before = await findProject(store, projectId);
      if (!before) throw notFound('The project');
      const merged = newProjectSettingsSchema.safeParse({ ...before.settings, ...settings });
      if (!merged.success) throw invalid(merged.error);
      await changeProject(store, projectId, { settings: merged.data, ...(name !== undefined && { name }) });
      const detail = { name, settings };
      await recordAudit(store, {
        projectId,
        actor: actor.userId,
        action: 'project.change',
        subject: projectId,
        detail,
      });
      return c.json(await overview(arena, actor, projectId), 200);
    },
  );

  return routes;
}

/** Whose projects: the person of a local arena sees all. */
const scopeOf = (actor: Actor): string | null => (actor.kind === 'local' ? null : actor.userId);

async function overview(arena: Arena, actor: Actor, projectId: string): Promise<Project> {
  const [row] = await projectOverviews(arena.store, scopeOf(actor), projectId);
  if (!row) throw notFound('The project');
  return describe(arena, row);
}

function describe(arena: Arena, row: ProjectOverview): Project {
  const { id, name, role, comparisons, tasks, verdictOf, createdAt, archivedAt } = row;
  const settings = projectSettingsSchema.parse(row.settings);
  const draws = arena.services.drawer !== null && drawsFor(settings, verdictOf);
  const times = { createdAt: createdAt.toISOString(), archivedAt: archivedAt?.toISOString() ?? null };
  return { id, name, settings, role, comparisons, tasks, draws, verdictOf, ...times };
}
