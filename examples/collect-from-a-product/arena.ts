import { createApp, openArena, serve } from '@bradley/arena-server';

/** An arena that neither draws nor trains, with a project and a key of it, as its owner makes them on the page. */
export async function startArena(folder: string, port: number) {
  const nothing = () => Promise.reject(new Error('this arena trains nothing'));
  const runs = { folder, startTaste: nothing, start: nothing, resume: nothing, describe: nothing };
  const origin = 'http://localhost';
  const arena = await openArena({ folder, mode: 'local', origin, services: { drawer: null, runs } });
  const app = createApp(arena);
  const { csrf } = (await (await app.request('/api/me')).json()) as { csrf: string };
  const headers = { origin, 'x-csrf-token': csrf, 'content-type': 'application/json' };
  const post = (path: string, body: object) =>
    app.request(path, { method: 'POST', headers, body: JSON.stringify(body) });
  await post('/api/projects', { id: 'emoji', name: 'Emoji' });
  const { key } = (await (await post('/api/projects/emoji/keys', { name: 'product' })).json()) as { key: string };
  const served = await serve(arena, { host: '127.0.0.1', port });
  const close = () => served.close().then(() => arena.close());
  return { ...served, arena, key, close };
}
