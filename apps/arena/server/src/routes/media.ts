import { uploadedMediaSchema } from '@bradley/arena-contract';
import { isSha256, mediaTypeOf, recordAudit } from '@bradley/preferences';
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Arena } from '../context.js';
import type { ArenaEnv } from '../env.js';
import { sealFits } from '../media/address.js';
import { byteRange } from '../media/byte-range.js';
import { upload } from '../media/upload.js';
import { notFound, Refusal } from '../refusal.js';
import { memberOf, requireActor, requireRole } from '../security/require-role.js';
import { jsonAnswer, newRoutes, refusals } from './new-routes.js';

const file = { content: { 'application/octet-stream': { schema: z.unknown() } }, required: true };
const found = { description: 'the file', content: { '*/*': { schema: z.unknown() } } };

export function mediaRoutes(arena: Arena) {
  const routes = newRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/media/{sha256}',
      summary: 'A file, by an address that a route of its project gave. Takes Range.',
      request: {
        params: z.object({ sha256: z.string() }),
        query: z.object({ project: z.string(), seal: z.string() }),
      },
      responses: { 200: found, 206: { ...found, description: 'a part of it' }, ...refusals },
    }),
    async (c) => {
      const { sha256 } = c.req.valid('param');
      const { project, seal } = c.req.valid('query');
      const missing = notFound('The file');
      const isTheirs = isSha256(sha256) && sealFits(arena.secret, project, sha256, seal);
      if (!isTheirs || !(await memberOf(arena, requireActor(c.get('actor')), project))) throw missing;
      if (c.req.header('if-none-match') === `"${sha256}"`) return c.body(null, 304);
      const bytes = await arena.media.get(sha256);
      if (bytes === null) throw missing;
      return serveFile(c, sha256, bytes);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/projects/{project}/media',
      summary: 'Uploads one file, whose type is found by its bytes.',
      middleware: requireRole(arena, 'owner'),
      request: { params: z.object({ project: z.string() }), body: file },
      responses: { 201: jsonAnswer(uploadedMediaSchema, 'kept'), ...refusals },
    }),
    async (c) => {
      const { projectId } = c.get('member');
      const uploaded = await upload(arena, projectId, () => c.req.arrayBuffer());
      const { sha256: subject, type, bytes } = uploaded;
      const actor = requireActor(c.get('actor')).userId;
      await recordAudit(arena.store, { projectId, actor, action: 'media.upload', subject, detail: { type, bytes } });
      return c.json(uploaded, 201);
    },
  );

  return routes;
}

/** Even a file that a browser would run is not run: the type is one of ours, is not guessed at, and has a sandbox around it. */
function serveFile(c: Context<ArenaEnv>, sha256: string, bytes: Uint8Array) {
  const type = mediaTypeOf(bytes) ?? 'application/octet-stream';
  c.header('content-type', type);
  c.header(
    'content-disposition',
    `${type === 'application/octet-stream' ? 'attachment' : 'inline'}; filename="${sha256}"`,
  );
  c.header('content-security-policy', "default-src 'none'; sandbox");
  c.header('cache-control', 'private, max-age=31536000, immutable');
  c.header('etag', `"${sha256}"`);
  c.header('accept-ranges', 'bytes');
  const range = byteRange(c.req.header('range'), bytes.length);
  if (range === 'unsatisfiable')
    throw new Refusal(416, 'bad-range', `The file has ${bytes.length} bytes.`, {
      headers: { 'content-range': `bytes */${bytes.length}` },
    });
  if (range === 'whole') return c.body(new Uint8Array(bytes), 200);
  c.header('content-range', `bytes ${range.start}-${range.end - 1}/${bytes.length}`);
  return c.body(new Uint8Array(bytes.subarray(range.start, range.end)), 206);
}
