import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, type ServedArena, serveArena } from './browser.test-support.js';

/** The collector as it is published, as a product's page loads it: `dist`, which `test:browser` builds first. */
const collector = join(dirname(createRequire(import.meta.url).resolve('@bradley/collector')), '..', 'dist');

let arena: ServedArena;
let browser: Browser;
let shop: Server;
let origin: string;
let key: string;
beforeAll(async () => {
  arena = await serveArena();
  browser = await openBrowser();
  shop = createServer(async ({ url = '/' }, response) => {
    const [, file] = /^\/([a-z-]+\.js)$/.exec(url) ?? [];
    response.setHeader('content-type', file ? 'text/javascript' : 'text/html');
    response.end(file ? await readFile(join(collector, file)) : '<!doctype html><title>Shop</title>');
  }).listen(0, '127.0.0.1');
  await once(shop, 'listening');
  origin = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  key = (
    (await (await ask('POST', '/api/projects/my-taste/keys', { name: 'shop', origins: [origin] })).json()) as {
      key: string;
    }
  ).key;
});
afterAll(async () => {
  await browser.close();
  shop.close();
  await arena.close();
});

async function ask(method: string, path: string, body?: object): Promise<Response> {
  const { csrf } = (await (await fetch(`${arena.address}/api/me`)).json()) as { csrf: string };
  const headers = { origin: arena.address, 'x-csrf-token': csrf, 'content-type': 'application/json' };
  return fetch(`${arena.address}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
}

const count = async () =>
  ((await (await ask('GET', '/api/projects/my-taste/comparisons')).json()) as { total: number }).total;

/** Chooses on a page of the shop; with `flush`, says how many still wait. */
const choose = (id: string, flush: boolean, url = arena.address) => `(async () => {
  const { createCollector } = await import('/index.js');
  const collector = createCollector({ url: '${url}', key: '${key}', every: 600000 });
  const shown = [{ address: 'https://shop.example/1.png' }, { address: 'https://shop.example/2.png' }];
  collector.chosen({ prompt: 'a cat', shown, index: 0, id: '${id}' });
  return ${flush} ? collector.flush() : null;
})()`;

it('logs from a page of another origin, keeps what it cannot send for the next page, and sends when a page is left', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(origin);
  expect(await page.evaluate(choose('online', true))).toBe(0);
  expect(await count()).toBe(1);

  await page.route('**/api/v1/**', (route) => route.abort());
  expect(await page.evaluate(choose('offline', true))).toBe(1);
  expect(await page.evaluate('localStorage.length')).toBe(1);
  await page.close();

  const next = await context.newPage();
  await next.goto(origin);
  expect(await next.evaluate(choose('next', true))).toBe(0);
  expect(await next.evaluate('localStorage.length')).toBe(0);
  expect(await count()).toBe(3);

  await next.evaluate(choose('leaving', false));
  await next.goto('about:blank');
  await expect.poll(count, { timeout: 10_000 }).toBe(4);
  await context.close();
});

it('sends when the browser is online again, and keeps to its own arena, key and site', async () => {
  const before = await count();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(origin);
  await page.evaluate(`import('/index.js').then(() => null)`);
  await context.setOffline(true);
  expect(await page.evaluate(choose('away', true))).toBe(1);
  const another = `createCollector({ url: '${arena.address}', key: 'bradley_another', onProblem() {} }).flush()`;
  expect(await page.evaluate(`import('/index.js').then(({ createCollector }) => ${another})`)).toBe(0);
  await context.setOffline(false);
  await expect.poll(count).toBe(before + 1);
  await expect.poll(() => page.evaluate('localStorage.length')).toBe(0);

  await page.goto(origin.replace('127.0.0.1', 'localhost')); // which the key does not name
  expect(await page.evaluate(choose('stranger', true))).toBe(1);
  expect(await count()).toBe(before + 1);
  await context.close();
});
