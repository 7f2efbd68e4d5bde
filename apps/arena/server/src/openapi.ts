import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ArenaEnv } from './env.js';
import { version } from './version.js';

const description = `Collects what people prefer. The page of the arena uses the session's cookie and sends the csrf of GET /api/me as
x-csrf-token with everything that writes; products use an API key with the addresses under /api/v1. Every refusal is a problem: an
error for people, a code for programs.`;

/** The description of the whole API, as OpenAPI 3.1. */
export function describeApi(app: OpenAPIHono<ArenaEnv>) {
  const { openAPIRegistry: registry } = app;
  registry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'bradley.session_token',
    description: 'of a team’s arena; a local one is for one person, who needs none',
  });
  registry.registerComponent('securitySchemes', 'csrf', { type: 'apiKey', in: 'header', name: 'x-csrf-token' });
  registry.registerComponent('securitySchemes', 'apiKey', { type: 'http', scheme: 'bearer' });
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Bradley’s arena', version, description },
  });
  for (const [path, methods] of Object.entries(document.paths ?? {}))
    for (const [method, operation] of Object.entries(methods as Record<string, { security?: object[] }>))
      operation.security ??= [
        { ...(!withoutSession.test(path) && { session: [] }), ...(method !== 'get' && { csrf: [] }) },
      ];
  return document;
}

/** What one asks before there is a session. An empty requirement is none. */
const withoutSession = /^\/api\/(me|session|set-up|invites\/(look|accept))$/;

type Document = ReturnType<typeof describeApi>;

/** The same for people: a page without script or style. */
export function apiPage({ info, paths = {} }: Document): string {
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { summary?: string }>).map(
      ([method, { summary = '' }]) =>
        `<tr><td>${method.toUpperCase()}</td><td><code>${escaped(path)}</code></td><td>${escaped(summary)}</td></tr>`,
    ),
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(info.title)}</title>
<h1>${escaped(info.title)} ${escaped(info.version)}</h1><p>${escaped(info.description ?? '')}</p>
<p>With every request and answer: <a href="/api/openapi.json">openapi.json</a></p>
<table border="1" cellpadding="4"><thead><tr><th>Method</th><th>Path</th><th>What it does</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></html>`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
