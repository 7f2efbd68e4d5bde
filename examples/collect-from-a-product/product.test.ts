import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, openArena, serve } from '@bradley/arena-server';
import { tables } from '@bradley/preferences';
import { expect, it } from 'vitest';
import { startProduct } from './product.js';

it('a choice made in the product is a comparison in the arena', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'product-'));
  const nothing = () => Promise.reject(new Error('this arena trains nothing'));
  const runs = { folder, startTaste: nothing, start: nothing, resume: nothing, describe: nothing };
  const arena = await openArena({
    folder,
    mode: 'local',
    origin: 'http://localhost',
    services: { drawer: null, runs },
  });
  const app = createApp(arena);
  const { csrf } = (await (await app.request('/api/me')).json()) as { csrf: string };
  const headers = { origin: 'http://localhost', 'x-csrf-token': csrf, 'content-type': 'application/json' };
  const post = (path: string, body: object) =>
    app.request(path, { method: 'POST', headers, body: JSON.stringify(body) });
  await post('/api/projects', { id: 'emoji', name: 'Emoji' });
  const { key } = (await (await post('/api/projects/emoji/keys', { name: 'product' })).json()) as { key: string };

  const served = await serve(arena, { host: '127.0.0.1', port: 0 });
  const product = startProduct({ arena: served.origin, key, port: 0, waiting: join(folder, 'waiting.json') });
  await once(product.server, 'listening');
  const address = `http://127.0.0.1:${(product.server.address() as AddressInfo).port}`;
  const page = await (await fetch(address)).text();
  const [, prompt = ''] = /name="prompt" value="([^"]+)"/.exec(page) ?? [];
  const [, shown = ''] = /name="shown" value="([^"]+)"/.exec(page) ?? [];
  const body = new URLSearchParams({ prompt, shown, chosen: '1' });
  expect((await fetch(address, { method: 'POST', body, redirect: 'manual' })).status).toBe(303);
  expect(await product.close()).toBe(0);

  const [comparison] = await arena.store.db.select().from(tables.comparisons);
  const models = comparison?.candidates.map(({ model }) => model);
  expect([models?.join(','), comparison?.outcome]).toEqual([shown, { kind: 'winner', index: 1 }]);
  expect(await arena.media.get(comparison?.candidates[0]?.media ?? '')).not.toBeNull();
  await served.close();
  await arena.close();
  await rm(folder, { recursive: true });
});
