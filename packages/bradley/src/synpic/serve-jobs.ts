import { createHash, timingSafeEqual } from 'node:crypto';
import { isSha256 } from '@bradley/preferences';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { requests } from './http-contract.js';
import type { Finished, Jobs } from './jobs.js';

/** Room for a batch of large pictures in base64. */
const maxBytes = 256 * 2 ** 20;

/** Jobs over HTTP, for who has the token. Nothing but `/` is told to others. */
export function jobsApp(jobs: Jobs, token: string): Hono {
  const app = new Hono();
  const expected = digest(`Bearer ${token}`);
  app.onError((error, context) => context.json({ error: error.message }, 500));
  app.use(async (context, next) => {
    if (!timingSafeEqual(digest(context.req.header('authorization') ?? ''), expected))
      return context.json({ error: 'the token is not the one of this job' }, 401);
    return next();
  });
  app.use(bodyLimit({ maxSize: maxBytes }));

  const post = <Request extends z.ZodType>(
    path: string,
    schema: Request,
    answer: (request: z.infer<Request>) => Promise<object>,
  ) =>
    app.post(path, async (context) => {
      const read = schema.safeParse(await context.req.json().catch(() => null));
      if (!read.success) return context.json({ error: `${path} was asked wrongly: ${read.error.message}` }, 400);
      return context.json(await answer(read.data));
    });

  app.get('/plan', (context) => context.json({ plan: jobs.plan, lease: jobs.lease }));
  app.get('/status', async (context) => context.json(await jobs.status()));
  app.get('/media/:sha256', async (context) => {
    const sha256 = context.req.param('sha256');
    if (!isSha256(sha256)) return context.json({ error: `${sha256} is no sha256` }, 400);
    return context.body(new Uint8Array(await jobs.picture(sha256)), 200, {
      'content-type': 'application/octet-stream',
    });
  });
  post('/take', requests.take, ({ worker, prefers }) => jobs.take(worker, prefers));
  post('/hold', requests.hold, async ({ leases }) => {
    await jobs.hold(leases);
    return {};
  });
  post('/give-back', requests.giveBack, async ({ leases }) => {
    await jobs.giveBack(leases);
    return {};
  });
  post('/finish', requests.finish, async ({ worker, finished }) => {
    await jobs.finish(worker, finished.map(decoded));
    return {};
  });
  post('/fail', requests.fail, async ({ lease, message }) => {
    await jobs.fail(lease, message);
    return {};
  });
  return app;
}

function decoded({ result, ...one }: z.infer<typeof requests.finish>['finished'][number]): Finished {
  if (result.kind === 'score') return { ...one, result };
  return { ...one, result: { kind: 'generate', picture: new Uint8Array(Buffer.from(result.picture, 'base64')) } };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

export interface ServedJobs {
  readonly url: string;
  close(): Promise<void>;
}

/** Listens; port 0 is any that is free. */
export async function serveJobs(app: Hono, { host, port }: { host: string; port: number }): Promise<ServedJobs> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, ({ port: at }) => {
      const close = async () => {
        if ('closeAllConnections' in server) server.closeAllConnections();
        await new Promise((closed) => server.close(closed));
      };
      resolve({ url: `http://${host.includes(':') ? `[${host}]` : host}:${at}`, close });
    });
    server.once('error', (error: Error) =>
      reject(new Error(`${host}:${port} cannot be listened on: ${error.message}`)),
    );
  });
}
