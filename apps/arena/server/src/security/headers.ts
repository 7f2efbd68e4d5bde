import { createMiddleware } from 'hono/factory';
import type { Arena } from '../context.js';
import type { ArenaEnv } from '../env.js';

/** Everything comes from this server; nothing is framed, and nothing but our own pages is framed by us. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "font-src 'self'",
  "frame-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "require-trusted-types-for 'script'",
].join('; ');

const fixed: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()',
};

/** What every answer carries. A route may set a policy or a caching of its own, which stays. */
export function securityHeaders({ origin }: Pick<Arena, 'origin'>) {
  const secure = origin.startsWith('https:');
  return createMiddleware<ArenaEnv>(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(fixed)) c.res.headers.set(name, value);
    if (!c.res.headers.has('content-security-policy')) c.res.headers.set('content-security-policy', pagePolicy);
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
    if (secure) c.res.headers.set('strict-transport-security', 'max-age=31536000');
  });
}
