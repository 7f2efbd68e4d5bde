import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { projectDeletionSchema } from '@bradley/arena-contract';
import { collectMedia, deleteProject, findProject, listSnapshots, setArchived } from '@bradley/preferences';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import { arenaFolders } from '../open-arena.js';
import { notFound, Refusal } from '../refusal.js';
import { requireActor, requireRoleThoughArchived } from '../security/require-role.js';
import { forgetVoting } from '../voting/voting.js';
import { jsonBody, newRoutes, refusals } from './new-routes.js';

const params = z.object({ project: z.string() });

/** How a project is put away, brought back, and ended. */
export function projectEndRoutes(arena: Arena) {
  const { store } = arena;
  const middleware = requireRoleThoughArchived(arena, 'owner');
  const routes = newRoutes();
  const forget = () => {
    forgetVoting(arena.voting);
    arena.members.forget();
  };

  for (const [path, archived, summary] of [
    ['archive', true, 'Archives a project: hidden but from its owners, who can read it and nothing else.'],
    ['restore', false, 'Brings an archived project back.'],
  ] as const)
    routes.openapi(
      createRoute({
        method: 'post',
        path: `/api/projects/{project}/${path}`,
        summary,
        middleware,
        request: { params },
        responses: { 204: { description: 'done' }, ...refusals },
      }),
      async (c) => {
        const actor = requireActor(c.get('actor')).userId;
        await setArchived(store, { projectId: c.get('member').projectId, actor }, archived);
        forget();
        return c.body(null, 204);
      },
    );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/api/projects/{project}',
      summary:
        'Deletes a project for good, with its snapshots and the verdicts on its trainings, by who types its name.',
      middleware,
      request: { params, body: jsonBody(projectDeletionSchema) },
      responses: { 204: { description: 'deleted' }, ...refusals },
    }),
    async (c) => {
      const { projectId } = c.get('member');
      const project = await findProject(store, projectId);
      if (!project) throw notFound('The project');
      if (c.req.valid('json').name.trim() !== project.name)
        throw new Refusal(
          409,
          'another-name',
          `The project is called ${JSON.stringify(project.name)}: type that name.`,
        );
      const gone = await deleteProject(store, { projectId, actor: requireActor(c.get('actor')).userId });
      forget();
      await deleteSnapshots(join(arena.folder, arenaFolders.snapshots), gone);
      await collectMedia(store, arena.media);
      return c.body(null, 204);
    },
  );

  return routes;
}

/** Deletes what was frozen from projects. */
async function deleteSnapshots(folder: string, projectIds: readonly string[]): Promise<void> {
  for (const { project, path } of await listSnapshots(folder))
    if (projectIds.includes(project)) await rm(path, { recursive: true, force: true });
}
