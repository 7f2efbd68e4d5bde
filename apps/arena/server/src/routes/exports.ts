import { recordAudit, writtenFormats } from '@bradley/preferences';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import { exportFile } from '../datasets/export-file.js';
import { requireActor, requireRole } from '../security/require-role.js';
import { newRoutes, refusals } from './new-routes.js';

const params = z.object({ project: z.string(), format: z.enum(writtenFormats) });

export function exportRoutes(arena: Arena) {
  const routes = newRoutes();
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}/exports/{format}',
      summary: 'The comparisons of a project in a format: a file, or a tar where media lie beside it.',
      middleware: requireRole(arena, 'owner'),
      request: { params },
      responses: { 200: { description: 'the file' }, ...refusals },
    }),
    async (c) => {
      const { projectId } = c.get('member');
      const { format } = c.req.valid('param');
      const { name, type, body } = await exportFile(arena, projectId, format);
      const actor = requireActor(c.get('actor')).userId;
      await recordAudit(arena.store, { projectId, actor, action: 'comparisons.export', subject: format });
      return c.body(body, 200, { 'content-type': type, 'content-disposition': `attachment; filename="${name}"` });
    },
  );
  return routes;
}
