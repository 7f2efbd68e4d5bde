import { join } from 'node:path';
import { Readable } from 'node:stream';
import { curvesQuerySchema, curvesSchema, newRunSchema, runControlSchema, runSchema } from '@bradley/arena-contract';
import { recordAudit } from '@bradley/preferences';
import { createRoute, z } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import type { Arena } from '../context.js';
import { notFound, Refusal } from '../refusal.js';
import { requireActor, requireKind, requireSignedIn } from '../security/require-role.js';
import { readCurves } from '../studio/curves.js';
import { requireRun, runAccess } from '../studio/run-access.js';
import { knowsTheEnd, runMessages } from '../studio/run-events.js';
import { openRunFile, pagePolicy } from '../studio/run-files.js';
import { openRuns } from '../studio/runs.js';
import { steerRun } from '../studio/steer-run.js';
import { jsonAnswer, jsonBody, newRoutes, refusals } from './new-routes.js';

const params = z.object({ run: z.string() });
/** Each holds a connection and looks at a folder five times a second. */
const mostStreams = 200;
/** Of a team, so that one does not take all. */
const mostOfOne = 20;

export function runRoutes(arena: Arena) {
  const { store, services } = arena;
  const runs = openRuns(services.runs);
  const routes = newRoutes();
  let streams = 0;
  const streamsOf = new Map<string, number>();
  const count = (userId: string, change: 1 | -1) => {
    streams += change;
    const now = (streamsOf.get(userId) ?? 0) + change;
    if (now > 0) streamsOf.set(userId, now);
    else streamsOf.delete(userId);
  };

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/runs',
      summary: 'The runs that one may see.',
      middleware: requireSignedIn(),
      responses: { 200: jsonAnswer(z.array(runSchema), 'last changed first'), ...refusals },
    }),
    async (c) => {
      const [access, all] = await Promise.all([runAccess(arena, requireActor(c.get('actor'))), runs.list()]);
      return c.json(
        all.filter(({ id }) => access.sees(id)).map((run) => access.tell(run)),
        200,
      );
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/runs',
      summary: 'Starts a run by its YAML, as `bradley train` takes it.',
      // A config names files of this computer: what it may read, whoever writes it may read.
      middleware: requireKind(
        ['local'],
        'local-only',
        'A config names files on the server, so in a team runs are started by whoever runs the server, with `bradley train`.',
      ),
      request: { body: jsonBody(newRunSchema) },
      responses: { 201: jsonAnswer(z.object({ run: z.string() }), 'its process has been started'), ...refusals },
    }),
    async (c) => {
      const actor = requireActor(c.get('actor'));
      const { name, config } = c.req.valid('json');
      const run = await services.runs.start(name, config).catch((error: Error) => {
        throw new Refusal(400, 'invalid-config', error.message);
      });
      await recordAudit(store, { projectId: null, actor: actor.userId, action: 'run.start', subject: run });
      return c.json({ run }, 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/runs/{run}',
      summary: 'One run.',
      middleware: requireSignedIn(),
      request: { params },
      responses: { 200: jsonAnswer(runSchema, 'as it is now'), ...refusals },
    }),
    async (c) => {
      const { run: id } = c.req.valid('param');
      const access = await runAccess(arena, requireActor(c.get('actor')));
      await requireRun(arena, access, id, 'see');
      const run = await runs.find(id);
      if (!run) throw notFound(`The run ${JSON.stringify(id)}`);
      return c.json(access.tell(run), 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/runs/{run}/control',
      summary: 'Pauses, continues, stops or resumes a run. It answers at its next step.',
      middleware: requireSignedIn(),
      request: { params, body: jsonBody(runControlSchema) },
      responses: { 202: jsonAnswer(z.object({ asked: z.string() }), 'asked'), ...refusals },
    }),
    async (c) => {
      const { run: id } = c.req.valid('param');
      const { action } = c.req.valid('json');
      const actor = requireActor(c.get('actor'));
      const access = await runAccess(arena, actor);
      await steerRun(await requireRun(arena, access, id, 'steer'), id, action, services.runs);
      await recordAudit(store, { projectId: null, actor: actor.userId, action: `run.${action}`, subject: id });
      return c.json({ asked: action }, 202);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/curves',
      summary: 'The metrics of several runs, thinned to what a plot can show.',
      middleware: requireSignedIn(),
      request: { query: curvesQuerySchema },
      responses: { 200: jsonAnswer(curvesSchema, 'in the order asked for'), ...refusals },
    }),
    async (c) => {
      const { run: ids, points } = c.req.valid('query');
      const access = await runAccess(arena, requireActor(c.get('actor')));
      const compared = [];
      for (const id of ids) {
        const folder = await requireRun(arena, access, id, 'see');
        compared.push({ run: id, curves: await readCurves(join(folder, 'metrics.jsonl'), points) });
      }
      return c.json({ runs: compared }, 200);
    },
  );

  routes.openAPIRegistry.registerPath({
    method: 'get',
    path: '/api/runs/{run}/events',
    summary: 'What happens in a run, as server-sent events. Last-Event-ID goes on where it was.',
    request: { params, headers: z.object({ 'last-event-id': z.string().optional() }) },
    responses: {
      200: { description: 'events', content: { 'text/event-stream': { schema: z.string() } } },
      204: { description: 'the run has ended, and all of it was told' },
      ...refusals,
    },
  });
  routes.get('/api/runs/:run/events', requireSignedIn(), async (c) => {
    const actor = requireActor(c.get('actor'));
    const { userId } = actor;
    const access = await runAccess(arena, actor);
    const id = c.req.param('run');
    const folder = await requireRun(arena, access, id, 'see');
    const lastId = c.req.header('last-event-id');
    if (await knowsTheEnd(folder, lastId)) return c.body(null, 204); // tells the browser not to come back
    if (streams >= mostStreams)
      throw new Refusal(503, 'too-many', `${mostStreams} pages follow runs here already. Close some of them.`);
    if (arena.mode === 'team' && (streamsOf.get(userId) ?? 0) >= mostOfOne)
      throw new Refusal(503, 'too-many', `You follow runs in ${mostOfOne} pages already. Close some of them.`);
    count(userId, 1);
    const gone = new AbortController();
    return streamSSE(c, async (stream) => {
      stream.onAbort(() => gone.abort());
      const signal = AbortSignal.any([gone.signal, arena.closing]);
      const describe = async () => {
        const run = await runs.find(id);
        return run && access.tell(run);
      };
      try {
        for await (const message of runMessages(folder, { describe, lastId, signal })) {
          // Waits while the client is slow; the run's folder keeps what it has not got.
          if (message === null) await stream.write(': still here\n\n');
          else await stream.writeSSE({ ...message, data: JSON.stringify(message.data) });
        }
      } finally {
        count(userId, -1);
        gone.abort();
      }
    });
  });

  routes.openAPIRegistry.registerPath({
    method: 'get',
    path: '/api/runs/{run}/files/{path}',
    summary: 'A file of a run: its report, pictures, LoRA. The path may have slashes.',
    request: { params: params.extend({ path: z.string() }) },
    responses: { 200: { description: 'the file', content: { '*/*': { schema: z.unknown() } } }, ...refusals },
  });
  routes.get('/api/runs/:run/files/:path{.+}', requireSignedIn(), async (c) => {
    const access = await runAccess(arena, requireActor(c.get('actor')));
    const { run: id, path } = c.req.param();
    const found = await openRunFile(await requireRun(arena, access, id, 'see'), path);
    if (!found) throw notFound(`${path} of the run ${id}`);
    const { file, size, type, download } = found;
    const headers: Record<string, string> = { 'content-type': type, 'content-length': String(size) };
    if (type.startsWith('text/html')) headers['content-security-policy'] = pagePolicy;
    if (download) headers['content-disposition'] = `attachment; filename="${id}.${path}"`;
    // No more than the length that was said, should the file have grown since.
    const bytes = file.createReadStream({ start: 0, end: Math.max(size - 1, 0) });
    return c.body(Readable.toWeb(bytes) as ReadableStream<Uint8Array>, 200, headers);
  });

  return routes;
}
