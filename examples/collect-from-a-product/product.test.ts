import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tables } from '@bradley/preferences';
import { expect, it } from 'vitest';
import { startArena } from './arena.js';
import { startProduct } from './product.js';

it('a choice made in the product is a comparison in the arena', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'product-'));
  const { arena, origin, key, close } = await startArena(folder, 0);
  const product = startProduct({ arena: origin, key, port: 0, waiting: join(folder, 'waiting') });
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
  await close();
  await rm(folder, { recursive: true });
});
