import { uploadedMediaSchema } from '@bradley/arena-contract';
import { isSha256, type MediaPart, type MediaStore, mediaTypeOf, recordAudit } from '@bradley/preferences';
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
      const first = await arena.media.part(sha256, 0, pieceBytes);
      if (first === null) throw missing;
      return serveFile(c, arena.media, sha256, first);
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
function serveFile(c: Context<ArenaEnv>, media: MediaStore, sha256: string, first: MediaPart) {
  const type = mediaTypeOf(first.bytes) ?? 'application/octet-stream';
  const { size } = first;
  c.header('content-type', type);
  c.header(
    'content-disposition',
    `${type === 'application/octet-stream' ? 'attachment' : 'inline'}; filename="${sha256}"`,
  );
  c.header('content-security-policy', "default-src 'none'; sandbox");
  c.header('cache-control', 'private, max-age=31536000, immutable');
  c.header('etag', `"${sha256}"`);
  c.header('accept-ranges', 'bytes');
  const range = byteRange(c.req.header('range'), size);
  if (range === 'unsatisfiable')
    throw new Refusal(416, 'bad-range', `The file has ${size} bytes.`, {
      headers: { 'content-range': `bytes */${size}` },
    });
  const { start, end } = range === 'whole' ? { start: 0, end: size } : range;
  if (range !== 'whole') c.header('content-range', `bytes ${start}-${end - 1}/${size}`);
  c.header('content-length', String(end - start));
  const isThere = end <= first.bytes.length;
  const body = isThere ? new Uint8Array(first.bytes.subarray(start, end)) : pieces(media, sha256, start, end);
  return c.body(body, range === 'whole' ? 200 : 206);
}

/** What of a file is in memory for one who is sent it, however large it is and however slowly it is taken. */
const pieceBytes = 2 ** 20;

function pieces(media: MediaStore, sha256: string, start: number, end: number): ReadableStream<Uint8Array> {
  let at = start;
  return new ReadableStream({
    async pull(controller) {
      const piece = await media.part(sha256, at, Math.min(at + pieceBytes, end));
      if (!piece?.bytes.length)
        throw new Error(`${sha256} ends at byte ${at} of ${media.where}: it was changed meanwhile`);
      at += piece.bytes.length;
      controller.enqueue(piece.bytes);
      if (at >= end) controller.close();
    },
  });
}
