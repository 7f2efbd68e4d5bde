import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ArenaEnv } from './env.js';
import { servePage } from './page.js';

let folder: string;
let app: Hono<ArenaEnv>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'page-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), 'the page');
  await writeFile(join(folder, 'assets', 'index-1.js'), 'the script');
  app = new Hono<ArenaEnv>().use(servePage(folder));
});
afterAll(() => rm(folder, { recursive: true }));

const ask = async (path: string): Promise<string | number> => {
  const answer = await app.request(path);
  return answer.status === 200 ? answer.text() : answer.status;
};

it.each(['/', '/taste', '/runs/a', '/runs/a.b', '/runs/v1.5-lr1e-4', '/p/cats/data'])(
  'is the page at %s',
  async (path) => expect(await ask(path)).toBe('the page'),
);

it('is a file at its own address', async () => expect(await ask('/assets/index-1.js')).toBe('the script'));

it.each(['/assets/gone-2.js', '/favicon.ico', '/index.php', '/api/nothing', '/assets/deeper/a.css'])(
  'is nothing at %s',
  async (path) => expect(await ask(path)).toBe(404),
);
