import { createMiddleware } from 'hono/factory';
import type { ArenaEnv } from '../env.js';

/** HEAD is answered by what answers GET. Nobody will read the body of that, so it ends here: a file is closed, a stream is followed no more. */
export function endHeads() {
  return createMiddleware<ArenaEnv>(async (c, next) => {
    await next();
    if (c.req.method === 'HEAD') await c.res.body?.cancel();
  });
}
