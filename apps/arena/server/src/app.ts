import { OpenAPIHono } from '@hono/zod-openapi';
import type { Arena } from './context.js';
import type { ArenaEnv } from './env.js';
import { apiPage, describeApi } from './openapi.js';
import { builtPage, servePage } from './page.js';
import { answerErrors, answerNotFound } from './refusal.js';
import { routeTable } from './routes/table.js';
import { checkJson, limitBodies } from './security/body-limit.js';
import { endHeads } from './security/end-heads.js';
import { limitFloods } from './security/flood-control.js';
import { securityHeaders } from './security/headers.js';
import { identify } from './security/identify.js';
import { requireKnownHost, requireOwnPage, requireStorableAddress } from './security/same-site.js';
import { keepBlind } from './taste/keep-blind.js';

/** Paths that are asked for with an API key and look at no cookie. */
const withoutCookies = (path: string): boolean => path.startsWith('/api/v1/');

/** The arena as one function from requests to answers. */
export function createApp(arena: Arena, page: string = builtPage()): OpenAPIHono<ArenaEnv> {
  const app = new OpenAPIHono<ArenaEnv>();
  app.onError(answerErrors(arena.log));
  app.notFound(answerNotFound);
  app.use(endHeads(), securityHeaders(arena));
  app.use(requireKnownHost(arena), requireStorableAddress());
  app.use('/api/*', identify(arena), limitFloods(arena), requireOwnPage(arena, withoutCookies), limitBodies());
  app.use('/api/*', async (c, next) => {
    if (!withoutCookies(c.req.path)) await checkJson(c);
    await next();
  });
  app.use('/api/projects/:project/*', keepBlind(arena));
  for (const routes of routeTable) app.route('/', routes(arena));
  let api: ReturnType<typeof describeApi> | undefined;
  const description = () => {
    api ??= describeApi(app);
    return api;
  };
  app.get('/api/openapi.json', (c) => c.json(description()));
  app.get('/api', (c) => c.html(apiPage(description())));
  app.use(servePage(page));
  return app;
}
