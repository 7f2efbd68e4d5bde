import { setUpSchema, signInSchema } from '@bradley/arena-contract';
import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Arena } from '../context.js';
import { requireAccounts } from '../people/require-accounts.js';
import { setUp } from '../people/set-up.js';
import { jsonBody, newRoutes, refusals } from './new-routes.js';

const done = {
  204: { description: 'done; the cookies are set, and the token of GET /api/me is another' },
  ...refusals,
};

export function sessionRoutes(arena: Arena) {
  const routes = newRoutes();

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/set-up',
      summary: 'Makes the first account, with the secret that the command printed.',
      request: { body: jsonBody(setUpSchema) },
      responses: done,
    }),
    async (c) => {
      const { cookies } = await setUp(arena, requireAccounts(arena), c.req.valid('json'));
      return answerWith(c, cookies);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/session',
      summary: 'Signs in.',
      request: { body: jsonBody(signInSchema) },
      responses: done,
    }),
    async (c) => {
      const { cookies } = await requireAccounts(arena).signIn(c.req.valid('json'));
      return answerWith(c, cookies);
    },
  );

  routes.openapi(
    createRoute({ method: 'delete', path: '/api/session', summary: 'Signs out.', responses: done }),
    async (c) => answerWith(c, await requireAccounts(arena).signOut(c.req.raw.headers)),
  );

  return routes;
}

export function setCookies(c: Context, cookies: readonly string[]): void {
  for (const cookie of cookies) c.header('set-cookie', cookie, { append: true });
}

function answerWith(c: Context, cookies: readonly string[]) {
  setCookies(c, cookies);
  return c.body(null, 204);
}
