import { feedbackBatchSchema, feedbackResultSchema, uploadedMediaSchema } from '@bradley/arena-contract';
import { createRoute, z } from '@hono/zod-openapi';
import type { Arena } from '../context.js';
import { answerOnce } from '../feedback/idempotency.js';
import { allowOrigins, requireKey } from '../feedback/key.js';
import { recordChoices } from '../feedback/record-choices.js';
import { upload } from '../media/upload.js';
import { jsonAnswer, jsonBody, newRoutes, refusals } from './new-routes.js';

const security = [{ apiKey: [] }];
const file = { content: { 'application/octet-stream': { schema: z.unknown() } }, required: true };

/** What a product logs, with an API key. */
export function feedbackRoutes(arena: Arena) {
  const routes = newRoutes();
  const middleware = requireKey(arena);
  const once = answerOnce(arena.store);
  routes.use('/api/v1/*', allowOrigins(arena));

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/choices',
      summary: 'Logs what was shown and what was chosen: up to 500 choices, each with a result of its own.',
      security,
      middleware,
      request: {
        headers: z.object({ 'idempotency-key': z.string().optional() }),
        body: jsonBody(feedbackBatchSchema),
      },
      responses: {
        200: jsonAnswer(feedbackResultSchema, 'in the order sent; recorded ones are in the database'),
        ...refusals,
      },
    }),
    async (c) => {
      const key = c.get('key');
      const request = { apiKeyId: key.id, key: c.req.header('idempotency-key'), text: await c.req.text() };
      const { body, replayed } = await once(request, async () => {
        return { status: 200, body: await recordChoices(arena, key, c.req.valid('json').choices) };
      });
      if (replayed) c.header('idempotent-replayed', 'true');
      return c.json(feedbackResultSchema.parse(body), 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/media',
      summary: 'Uploads one file, to be named by its sha256 in choices. The same bytes are kept once.',
      security,
      middleware,
      request: { body: file },
      responses: { 201: jsonAnswer(uploadedMediaSchema, 'kept'), ...refusals },
    }),
    async (c) => c.json(await upload(arena, c.get('key').projectId, () => c.req.arrayBuffer()), 201),
  );

  return routes;
}
