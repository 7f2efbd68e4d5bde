import { request } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, type TestArena, testArena } from '../arena.test-support.js';
import { type Served, serve, slowClientLimits } from '../serve.js';
import { depthOf } from './body-limit.js';

let test: TestArena;
let send: Client;
let served: Served;
let csrf: string;
beforeAll(async () => {
  test = await testArena();
  send = await client(test);
  served = await serve(test.arena, { host: '127.0.0.1', port: 0 });
  csrf = ((await (await send('GET', '/api/me')).json()) as { csrf: string }).csrf;
});
afterAll(async () => {
  await served.close();
  await test.close();
});

const project = JSON.stringify({ id: 'forged', name: 'Forged' });
/** What a page could make a browser send, with everything right but what `headers` say. Null leaves a header out. */
const forge = (headers: Record<string, string | null>, body = project) => {
  const all = {
    ...{ origin: 'http://localhost', 'content-type': 'application/json', 'x-csrf-token': csrf },
    ...headers,
  };
  const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== null);
  return test.app.request('/api/projects', { method: 'POST', headers: given, body });
};

describe('a page of another site', () => {
  it.each([
    ['without the token', { 'x-csrf-token': null }],
    ['with a token of its own', { 'x-csrf-token': 'A'.repeat(43) }],
    ['with an empty token', { 'x-csrf-token': '' }],
    ['from another origin', { origin: 'https://evil.example' }],
    ['from an origin that begins like ours', { origin: 'http://localhost.evil.example' }],
    ['from another port of this computer', { origin: 'http://localhost:8080' }],
    ['from a sandboxed frame', { origin: 'null' }],
    ['without an origin', { origin: null }],
    ['as a form', { 'content-type': 'text/plain', 'x-csrf-token': null }],
    ['by a browser that says it is another site', { 'sec-fetch-site': 'cross-site' }],
    ['by a browser that says it is another port', { 'sec-fetch-site': 'same-site' }],
    ['by a link', { 'sec-fetch-site': 'none' }],
  ])('cannot write %s', async (_, headers) => {
    expect((await forge(headers)).status).toBe(403);
    expect(await (await send('GET', '/api/projects')).json()).toEqual([]);
  });

  it('cannot read, not even what it would not see', async () => {
    const answer = await test.app.request('/api/projects', { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('is told apart from our own', async () => {
    expect((await forge({ 'sec-fetch-site': 'same-origin' }, '{}')).status).toBe(400);
  });

  it('gets no further by a name that it made to point here', async () => {
    const [status, text] = await overHttp('/api/me', { host: 'evil.example' });
    expect(status).toBe(421);
    expect(text).not.toContain(csrf);
    expect((await overHttp('/api/me', { host: `LOCALHOST:${served.port}` }))[0]).toBe(200);
  });
});

describe('every answer', () => {
  it.each(['/', '/api/me', '/api/nothing', '/api/projects/none', '/assets/none.js'])(
    'of %s keeps a page in its bounds',
    async (path) => {
      const { headers } = await test.app.request(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('strict-transport-security')).toBeNull();
    },
  );

  it('says to come back over https only, where the arena is reached by it', async () => {
    const secure = await testArena({ mode: 'team', origin: 'https://arena.example' });
    const answer = await secure.app.request('https://arena.example/api/me');
    expect(answer.headers.get('strict-transport-security')).toContain('max-age=');
    await secure.close();
  });
});

describe('paths', () => {
  it.each([
    '/../../package.json',
    '/%2e%2e/%2e%2e/package.json',
    '/..%2f..%2fpackage.json',
    '/assets/..%5c..%5cpackage.json',
    '/assets/%00',
    '/.%252e/package.json',
    '//etc/passwd',
    '/%ff.json',
  ])('%s leads to no file outside the page', async (path) => {
    const [, text] = await overHttp(path);
    expect(text).not.toMatch(/"dependencies"|root:/);
  });

  it('have an answer that is not an error of ours, whatever they are', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('..', '%2e', '%2f', '%00', 'api', 'projects', "'", '%27', ';', 'é', '%', 'a')),
        async (parts) => {
          const [status] = await overHttp(encodeURI(`/${parts.join('/')}`).replaceAll('%25', '%'));
          expect(status).toBeLessThan(500);
        },
      ),
      { numRuns: 100 },
    ));
});

describe('a body', () => {
  it('that says it is too large is refused before it comes', async () => {
    expect((await forge({ 'content-length': String(2 ** 30) })).status).toBe(413);
  });

  it('that is too large without saying so is refused when it is', async () => {
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const headers = { origin: 'http://localhost', 'content-type': 'application/json', 'x-csrf-token': csrf };
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
    const answer = await test.app.request('/api/projects', init);
    expect(answer.status).toBe(413);
    expect(pulled).toBeLessThan(64);
  });

  it('that nests without end is refused', async () => {
    expect(await (await forge({}, '['.repeat(500_000))).json()).toMatchObject({ code: 'too-deep' });
  });

  it('is as deep as its brackets outside strings', () =>
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'large' }), (value) => {
        const depth = (node: unknown): number =>
          typeof node === 'object' && node !== null ? 1 + Math.max(0, ...Object.values(node).map(depth)) : 0;
        expect(depthOf(JSON.stringify(value))).toBe(depth(value));
      }),
    ));

  it('that is not JSON is refused, and an error names no file of ours', async () => {
    const answer = await forge({}, '{"id": ');
    expect(answer.status).toBe(400);
    expect(await answer.text()).not.toMatch(/\.[jt]s|node_modules/);
  });
});

describe('text of people', () => {
  const strange = ["'; drop table projects; --", '$1', "\\'", '"', '\0', 'a\ud800', '\udc00b'];
  const markup = '<img src=x onerror=alert(1)><script>alert(2)</script>';
  it('comes back as it was, as JSON, which no browser runs', async () => {
    await send('POST', '/api/projects', { id: 'markup', name: markup, settings: { instructions: markup } });
    const answer = await send('GET', '/api/projects/markup');
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.json()).toMatchObject({ name: markup, settings: { instructions: markup } });
  });

  it('is never part of a statement', () =>
    fc.assert(
      fc.asyncProperty(fc.oneof(fc.constantFrom(...strange), fc.string({ unit: 'binary' })), async (text) => {
        const path = `/api/projects/${encodeURIComponent(text.replace(/\p{Surrogate}/gu, '_'))}`;
        expect([404, 400, 200]).toContain((await send('GET', path.replaceAll('/.', '/_'))).status);
        const changed = await send('PATCH', '/api/projects/markup', { name: text });
        expect([200, 400]).toContain(changed.status);
        if (changed.status === 200) expect(await changed.json()).toMatchObject({ id: 'markup', name: text.trim() });
      }),
      { numRuns: 50 },
    ));
});

describe('a connection', () => {
  it('whose headers are too many is refused', async () => {
    expect((await overHttp('/api/me', { 'x-long': 'a'.repeat(20_000) }))[0]).toBe(431);
  });

  it('that never says what it wants is closed', async () => {
    const impatient = await serve(
      test.arena,
      { host: '127.0.0.1', port: 0 },
      { ...slowClientLimits, headersTimeout: 300 },
    );
    const socket = connect(impatient.port, '127.0.0.1');
    const closed = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    socket.write('GET /api/me HTTP/1.1\r\nHost: localhost\r\n');
    expect(await closed).toContain('408');
    await impatient.close();
  });
});

it('a local arena listens on no other address', async () => {
  await expect(serve(test.arena, { host: '0.0.0.0', port: 0 })).rejects.toThrow('--team');
});

/** Over a real connection, with the path as it is. */
function overHttp(path: string, headers: Record<string, string> = {}): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: served.port, path, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve([answer.statusCode ?? 0, text]));
    })
      .on('error', reject)
      .end();
  });
}
