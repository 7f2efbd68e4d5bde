import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, sep } from 'node:path';
import { createMiddleware } from 'hono/factory';
import type { ArenaEnv } from './env.js';

interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
  /** Its name holds a hash of its content, so it never changes. */
  readonly hashed: boolean;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** The built page of the package arena-web. */
export const builtPage = (): string =>
  join(dirname(createRequire(import.meta.url).resolve('@bradley/arena-web/package.json')), 'dist');

/**
 * Serves the files of a folder, read once: a request names an entry of a table, never a path on the disk. Addresses of the page's own
 * get index.html: anything outside /api that does not look like a file of the page, since a run may be called `a.b`.
 */
export function servePage(folder: string) {
  const files = readPage(folder);
  return createMiddleware<ArenaEnv>(async (c, next) => {
    const { path, method } = c.req;
    if ((method !== 'GET' && method !== 'HEAD') || path === '/api' || path.startsWith('/api/')) return next();
    const file = files.get(path) ?? (isFile(path) ? undefined : files.get('/index.html'));
    if (!file) return next();
    c.header('etag', file.etag);
    c.header('cache-control', file.hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    if (c.req.header('if-none-match') === file.etag) return c.body(null, 304);
    return c.body(file.bytes, 200, { 'content-type': file.type });
  });
}

/** Files lie in the folder itself or in `assets`. */
const isFile = (path: string): boolean => extname(path) !== '' && /^\/(assets\/.*|[^/]*)$/.test(path);

function readPage(folder: string): Map<string, PageFile> {
  const names = (() => {
    try {
      return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    } catch (error) {
      throw new Error(`${folder}: the page of the arena is not there. Build it with npm run build.`, { cause: error });
    }
  })();
  return new Map(
    names.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const address = path.slice(folder.length).split(sep).join('/');
      const type = types[extname(path)];
      if (type === undefined)
        throw new Error(`${path}: no type is known for it: add its ending to the table of page.ts.`);
      const bytes = new Uint8Array(readFileSync(path));
      const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
      return [address, { bytes, type, etag, hashed: address.startsWith('/assets/') }];
    }),
  );
}
