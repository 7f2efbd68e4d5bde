import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { importPathSchema, importSchema } from '@bradley/arena-contract';
import { recordAudit } from '@bradley/preferences';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import { importJobs } from '../datasets/import-jobs.js';
import { receiveFile } from '../datasets/receive-file.js';
import { invalid, Refusal } from '../refusal.js';
import { requireActor, requireRole } from '../security/require-role.js';
import { jsonAnswer, newRoutes, refusals } from './new-routes.js';

const params = z.object({ project: z.string() });
const multipart = z.object({ file: z.any().openapi({ type: 'string', format: 'binary' }) });

export function importRoutes(arena: Arena) {
  const jobs = importJobs(arena);
  const routes = newRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/projects/{project}/imports',
      summary: 'The imports of a project.',
      middleware: requireRole(arena, 'owner'),
      request: { params },
      responses: { 200: jsonAnswer(z.array(importSchema), 'newest first'), ...refusals },
    }),
    async (c) => c.json(await jobs.list(c.get('member').projectId), 200),
  );

  // The body is read as it comes, so it is said to the document only, and not validated before.
  const post = createRoute({
    method: 'post',
    path: '/api/projects/{project}/imports',
    summary:
      'Imports comparisons: a file that is sent, or, for the one person of a local arena, a path on this computer.',
    middleware: requireRole(arena, 'owner'),
    request: { params },
    responses: { 202: jsonAnswer(importSchema, 'it has begun'), ...refusals },
  });
  routes.openAPIRegistry.registerPath({
    ...post,
    request: {
      params,
      body: {
        content: { 'multipart/form-data': { schema: multipart }, 'application/json': { schema: importPathSchema } },
      },
    },
  });
  routes.use(post.getRoutingPath(), requireRole(arena, 'owner'));
  routes.post(post.getRoutingPath(), async (c) => {
    const { projectId } = c.get('member');
    const actor = requireActor(c.get('actor'));
    const isFile = /^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '');
    if (!isFile && actor.kind !== 'local')
      throw new Refusal(403, 'forbidden', 'Paths are for the one person of a local arena. Send the file.');
    let begun: z.infer<typeof importSchema>;
    if (isFile) {
      const { path, name, sha256, discard } = await receiveFile(c.req.raw, jobs.uploads);
      begun = await jobs.begin(path, { projectId, name, fingerprint: sha256 }, discard);
    } else {
      const { data, error } = importPathSchema.safeParse(await c.req.json().catch(() => null));
      if (!data) throw invalid(error);
      const path = resolve(data.path);
      if (!(await stat(path).catch(() => null)))
        throw new Refusal(400, 'unreadable', `${path}: there is no such file or folder.`);
      begun = await jobs.begin(path, { projectId, name: basename(path) });
    }
    const { id, name } = begun;
    await recordAudit(arena.store, {
      projectId,
      actor: actor.userId,
      action: 'import.begin',
      subject: id,
      detail: { name },
    });
    return c.json(begun, 202);
  });

  return routes;
}
