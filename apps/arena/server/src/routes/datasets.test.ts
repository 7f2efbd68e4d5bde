import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Import, Snapshot } from '@bradley/arena-contract';
import { encodePng } from '@bradley/formats';
import { openComparisons } from '@bradley/preferences';
import { list } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, firstOwner, type TestArena, testArena } from '../arena.test-support.js';

let test: TestArena;
let send: Client;
beforeAll(async () => {
  test = await testArena();
  send = await client(test);
  for (const id of ['cats', 'dogs']) await send('POST', '/api/projects', { id, name: id });
});
afterAll(() => test.close());

/** Sends a body as the page would, which is not JSON. */
async function sendBody(
  path: string,
  body: FormData | string | ReadableStream,
  headers: Record<string, string> = {},
): Promise<Response> {
  const me = await test.app.request('/api/me', { headers: { origin: test.arena.origin } });
  const cookie = me.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const { csrf } = (await me.json()) as { csrf: string };
  const all = { origin: test.arena.origin, 'x-csrf-token': csrf, ...(cookie && { cookie }), ...headers };
  return test.app.request(path, { method: 'POST', headers: all, body, duplex: 'half' } as RequestInit);
}

function form(name: string, text: string): FormData {
  const body = new FormData();
  body.append('file', new File([text], name));
  return body;
}

/** The import once it has ended. */
async function ended(project: string, { id }: Import): Promise<Import> {
  for (;;) {
    const found = ((await (await send('GET', `/api/projects/${project}/imports`)).json()) as Import[]).find(
      (one) => one.id === id,
    );
    if (found && found.status !== 'running') return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const lines = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    JSON.stringify({
      prompt: `p${n}`,
      candidates: [{ media: 'hi', kind: 'text' }, { media: `uid:${n}` }],
      outcome: { kind: 'winner', index: 0 },
      id: `r${n}`,
    }),
  ).join('\n');

describe('imports', () => {
  it('take a file that is sent, once', async () => {
    const path = '/api/projects/cats/imports';
    const answer = await sendBody(path, form('../../a set.jsonl', `${lines(300)}\nnot json`));
    expect(answer.status).toBe(202);
    const begun = (await answer.json()) as Import;
    expect(begun).toMatchObject({ name: 'a_set.jsonl', status: 'running' });
    const done = await ended('cats', begun);
    expect(done).toMatchObject({ status: 'finished', read: 301, added: 300, known: 0, refused: 1, remote: 300 });
    expect(done.refusals[0]).toMatchObject({ problem: 'bad-row', where: 'a_set.jsonl:301' });
    const again = (await (await sendBody(path, form('another name.jsonl', lines(300)))).json()) as Import;
    expect(await ended('cats', again)).toMatchObject({ added: 0, known: 300 });
    await expect.poll(() => readdir(join(test.arena.folder, 'uploads'))).toEqual([]);
  });

  it('take a folder of this computer, with its pictures', async () => {
    const folder = join(test.arena.folder, 'pairs');
    for (const [n, side] of ['chosen', 'rejected'].entries()) {
      await mkdir(join(folder, side), { recursive: true });
      await writeFile(join(folder, side, '1.png'), await encodePng(new Uint8Array(3).fill(n), 1, 1));
    }
    await writeFile(join(folder, '1.txt'), 'a dog');
    const begun = (await (await send('POST', '/api/projects/dogs/imports', { path: folder })).json()) as Import;
    expect(await ended('dogs', begun)).toMatchObject({ status: 'finished', added: 1, remote: 0 });
    const page = (await (await send('GET', '/api/projects/dogs/comparisons')).json()) as {
      comparisons: { candidates: { type: string }[] }[];
    };
    expect(page.comparisons[0]?.candidates.map(({ type }) => type)).toEqual(['image/png', 'image/png']);
  });

  it('say what is wrong with what is sent, and leave nothing behind', async () => {
    const path = '/api/projects/cats/imports';
    const refusal = async (answer: Response) =>
      [answer.status, ((await answer.json()) as { error: string }).error] as const;
    const [status, error] = await refusal(await sendBody(path, form('x.csv', 'a,b\n1,2\n')));
    expect(status).toBe(400);
    expect(error).toMatch(/^x\.csv: /);
    expect(error).not.toContain(test.arena.folder);
    const cut = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n{}';
    expect(await refusal(await sendBody(path, cut, { 'content-type': 'multipart/form-data; boundary=b' }))).toEqual([
      400,
      expect.stringContaining('did not arrive whole'),
    ]);
    expect((await sendBody(path, new FormData())).status).toBe(400);
    expect(await refusal(await send('POST', path, { path: '/no/such/file' }))).toEqual([
      400,
      expect.stringContaining('no such file'),
    ]);
    expect((await send('POST', path, { path: '' })).status).toBe(400);
    expect((await send('POST', '/api/projects/nowhere/imports', { path: '/' })).status).toBe(404);
    expect(await readdir(join(test.arena.folder, 'uploads'))).toEqual([]);
  });

  it('are received a few at a time, since each may be large', async () => {
    const path = '/api/projects/cats/imports';
    const ends: (() => void)[] = [];
    const slow = () =>
      new ReadableStream({
        start(controller) {
          ends.push(() => controller.close());
        },
      });
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const waiting = Array.from({ length: 4 }, () => sendBody(path, slow(), headers));
    await expect.poll(() => readdir(join(test.arena.folder, 'uploads'))).toHaveLength(4);
    expect((await sendBody(path, form('one.jsonl', lines(1)))).status).toBe(503);
    for (const end of ends) end();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    expect((await sendBody(path, form('one.jsonl', lines(1)))).status).toBe(202);
  });

  it('of paths are for the one person of a local arena', async () => {
    const team = await testArena({ mode: 'team' });
    const owner = await firstOwner(team);
    await owner('POST', '/api/projects', { id: 'cats', name: 'Cats' });
    const answer = await owner('POST', '/api/projects/cats/imports', { path: team.arena.folder });
    expect([answer.status, await answer.json()]).toEqual([403, expect.objectContaining({ code: 'forbidden' })]);
    await team.close();
  });
});

describe('exports', () => {
  it('are a file, or a tar where pictures lie beside it', async () => {
    const file = await send('GET', '/api/projects/cats/exports/jsonl');
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="cats.jsonl"');
    expect((await file.text()).trim().split('\n')).toHaveLength(300);
    const tar = await send('GET', '/api/projects/dogs/exports/jsonl');
    const names: string[] = [];
    const path = join(test.arena.folder, 'dogs.tar');
    await writeFile(path, Buffer.from(await tar.arrayBuffer()));
    await list({ file: path, onReadEntry: (entry) => names.push(entry.path) });
    expect(names.filter((name) => !name.endsWith('/')).sort()).toEqual([
      'dogs.jsonl',
      expect.stringMatching(/^media\/[0-9a-f]{64}\.png$/),
      expect.stringMatching(/^media\/[0-9a-f]{64}\.png$/),
    ]);
    expect((await send('GET', '/api/projects/cats/exports/exe')).status).toBe(400);
  });
});

describe('snapshots', () => {
  it('are frozen, listed in their project alone, and have a card', async () => {
    const made = await send('POST', '/api/projects/dogs/snapshots', { name: 'my-dogs' });
    expect(made.status).toBe(201);
    const snapshot = (await made.json()) as Snapshot;
    expect(snapshot).toMatchObject({ name: 'my-dogs', version: 1, comparisons: 1, media: 2 });
    expect(await (await send('GET', '/api/projects/dogs/snapshots')).json()).toEqual([snapshot]);
    expect(await (await send('GET', '/api/projects/cats/snapshots')).json()).toEqual([]);
    expect((await openComparisons(snapshot.trainAs)).format).toBe('snapshot');
    expect(await (await send('GET', snapshot.card)).text()).toContain('# dogs');
    expect((await send('GET', snapshot.card.replace('dogs/', 'cats/'))).status).toBe(404);
    const taken = await send('POST', '/api/projects/cats/snapshots', { name: 'my-dogs' });
    expect([taken.status, await taken.json()]).toEqual([
      409,
      expect.objectContaining({ error: expect.stringContaining('Choose another name') }),
    ]);
  });

  it('do not tell the name of a project that one is not in', async () => {
    const team = await testArena({ mode: 'team' });
    const owner = await firstOwner(team);
    for (const id of ['secret-plan', 'cats']) {
      await owner('POST', '/api/projects', { id, name: id, settings: { modality: 'text' } });
      const { key } = (await (await owner('POST', `/api/projects/${id}/keys`, { name: 'k' })).json()) as {
        key: string;
      };
      const shown = [{ text: 'a' }, { text: 'b' }];
      const choices = [{ id: '1', prompt: 'p', shown, outcome: { kind: 'tie' } }];
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      await team.app.request('/api/v1/choices', { method: 'POST', headers, body: JSON.stringify({ choices }) });
    }
    expect((await owner('POST', '/api/projects/secret-plan/snapshots', { name: 'set' })).status).toBe(201);
    const taken = await owner('POST', '/api/projects/cats/snapshots', { name: 'set' });
    expect(taken.status).toBe(409);
    expect(await taken.text()).not.toContain('secret');
    await team.close();
  });
});
