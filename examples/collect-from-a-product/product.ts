import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { createCollector } from '@bradley/collector';
import { folderStorage } from '@bradley/collector/node';
import { startArena } from './arena.js';

const folder = 'models/emoji/comparisons/images'; // from the root of the clone
const names = readdirSync(folder).flatMap((file) => /^noto-(.+)\.webp$/.exec(file)?.[1] ?? []);
const picture = (path: string) => new Uint8Array(readFileSync(`${folder}/${path}`));

/** A product that shows two designs of one emoji and logs which was chosen. `close` sends what still waits. */
export function startProduct(options: { arena: string; key: string; port: number; waiting: string }) {
  const { arena: url, key, port, waiting } = options;
  const collector = createCollector({ url, key, storage: folderStorage(waiting) });
  const server: Server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      const { prompt = '', shown = '', chosen } = Object.fromEntries(new URLSearchParams(await text(request)));
      const models = shown.split(',').filter((model) => ['noto', 'twemoji', 'fluent'].includes(model));
      if (!names.includes(prompt) || models.length !== 2) return response.writeHead(400).end();
      const media = await Promise.all(models.map((model) => collector.upload(picture(`${model}-${prompt}.webp`))));
      const candidates = models.map((model, i) => {
        // While the arena is away nothing is uploaded, and what was shown is named by its address here.
        const address = `http://127.0.0.1:${port}/${model}-${prompt}.webp`;
        return media[i] == null ? { model, address } : { model, media: media[i] };
      });
      collector.chosen({ prompt: prompt.replaceAll('-', ' '), shown: candidates, index: Number(chosen) });
      return response.writeHead(303, { location: '/' }).end();
    }
    const [, file] = /^\/([a-z0-9-]+\.webp)$/.exec(request.url ?? '') ?? [];
    if (file) return response.writeHead(200, { 'content-type': 'image/webp' }).end(picture(file));
    const prompt = names[randomInt(names.length)] as string;
    const shown = randomInt(2) ? ['noto', 'fluent'] : ['fluent', 'noto'];
    const buttons = shown.map(
      (m, i) =>
        `<button name="chosen" value="${i}"><img src="/${m}-${prompt}.webp" alt="${i + 1}" width="256"></button>`,
    );
    const hidden = `<input type="hidden" name="prompt" value="${prompt}"><input type="hidden" name="shown" value="${shown}">`;
    const title = `Which ${prompt.replaceAll('-', ' ')}?`;
    const form = `<h1>${title}</h1><form method="post">${hidden}${buttons.join(' ')}</form>`;
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<!doctype html><html lang="en"><title>${title}</title><body align="center">${form}`);
  }).listen(port, '127.0.0.1');
  return { server, close: () => collector.close().finally(() => server.close()) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  // An arena of its own, unless there is a key of another.
  const { ARENA_URL = 'http://127.0.0.1:4680', ARENA_KEY, FOLDER = 'out/collect-from-a-product' } = process.env;
  const own = ARENA_KEY ? { origin: ARENA_URL, key: ARENA_KEY, close: async () => {} } : await startArena(FOLDER, 0);
  const product = startProduct({ arena: own.origin, key: own.key, port: 4690, waiting: `${FOLDER}/waiting` });
  console.log(`Choose at http://127.0.0.1:4690, and see the comparisons at ${own.origin}. Ctrl-C ends.`);
  process.once('SIGINT', async () => {
    console.log(`${await product.close()} choices are still to be sent.`);
    await own.close();
    process.exit();
  });
}
