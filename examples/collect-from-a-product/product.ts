import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { createCollector } from '@bradley/collector';
import { folderStorage } from '@bradley/collector/node';
import { page, picture } from './shop.js';

/** A product that shows two pictures and logs which was chosen. `close` sends what still waits, and says how many are left. */
export function startProduct(options: { arena: string; key: string; port: number; waiting: string }) {
  const { arena: url, key, port, waiting } = options;
  const collector = createCollector({ url, key, storage: folderStorage(waiting) });

  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      const { prompt = '', shown = '', chosen } = Object.fromEntries(new URLSearchParams(await text(request)));
      const candidate = async (model: string) => {
        const file = picture(`${model}-${prompt}.webp`);
        const media = file && (await collector.upload(file)); // null while the arena is away
        return media ? { model, media } : { model, address: `http://127.0.0.1:${port}/${model}-${prompt}.webp` };
      };
      const candidates = await Promise.all(shown.split(',').map(candidate));
      collector.chosen({ prompt: prompt.replaceAll('-', ' '), shown: candidates, index: Number(chosen) });
      return response.writeHead(303, { location: '/' }).end();
    }
    const file = picture((request.url ?? '').slice(1));
    response.writeHead(200, { 'content-type': file ? 'image/webp' : 'text/html; charset=utf-8' });
    response.end(file ?? page());
  }).listen(port, '127.0.0.1');
  return { server, close: () => collector.close().finally(() => server.close()) };
}
