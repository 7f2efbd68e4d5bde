import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestArena, testArena } from '../arena.test-support.js';

let test: TestArena;
let csrf: string;
beforeAll(async () => {
  test = await testArena({ mode: 'team' });
  csrf = ((await (await test.app.request('/api/me')).json()) as { csrf: string }).csrf;
});
afterAll(() => test.close());

/** Whoever sends this is not signed in: the token of nobody is everybody's. */
const send = (path: string, type: string, body: string | ReadableStream, headers: Record<string, string> = {}) =>
  test.app.request(path, {
    ...{ method: 'POST', body, duplex: 'half' },
    headers: { origin: 'http://localhost', 'x-csrf-token': csrf, 'content-type': type, ...headers },
  } as RequestInit);

/** Says how much of it was asked for. */
function endless(): { body: ReadableStream; pulled: () => number } {
  let pulled = 0;
  const body = new ReadableStream({
    pull(controller) {
      pulled += 65_536;
      // Ends after 16 MiB, so that a server which would take it does not take it for ever.
      if (pulled > 2 ** 24) controller.close();
      else controller.enqueue(new Uint8Array(65_536).fill(32));
    },
  });
  return { body, pulled: () => pulled };
}

describe('JSON', () => {
  it.each(['/api/projects/none/imports', '/api/none/media', '/api/imports'])(
    'sent to %s, where files may be large, is held to what JSON may have',
    async (path) => {
      const said = await send(path, 'application/json', '{}', { 'content-length': String(2 ** 24) });
      expect(said.status).toBe(413);
      const { body, pulled } = endless();
      expect((await send(path, 'application/json', body)).status).toBe(413);
      expect(pulled()).toBeLessThan(2 ** 22);
    },
  );

  it('of a product is not read before its key is known', async () => {
    const { body, pulled } = endless();
    expect((await send('/api/v1/choices', 'application/json', body)).status).toBe(401);
    expect(pulled()).toBeLessThan(2 ** 20);
  });

  it.each(['application/json', 'application/vnd.api+json', 'Application/Problem+JSON; charset=utf-8'])(
    'called %s has no text that cannot be kept',
    async (type) => {
      const account = { name: 'Ada', email: 'a@b.example', password: 'x'.repeat(12) };
      for (const name of ['a\0b', 'a\ud800'])
        expect(
          await (await send('/api/set-up', type, JSON.stringify({ secret: '-', ...account, name }))).json(),
        ).toEqual(expect.objectContaining({ code: 'bad-text' }));
      expect(await (await send('/api/set-up', type, '['.repeat(1000))).json()).toMatchObject({ code: 'too-deep' });
    },
  );
});
