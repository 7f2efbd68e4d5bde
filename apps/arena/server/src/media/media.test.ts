import { deflateRawSync } from 'node:zlib';
import { encodePng } from '@bradley/formats';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, firstOwner, invited, type TestArena, testArena } from '../arena.test-support.js';
import { Refusal } from '../refusal.js';
import { byteRange } from './byte-range.js';
import { inspectUpload } from './inspect.js';

let test: TestArena;
let owner: Client;
let rater: Client;
let stranger: Client;
let png: Uint8Array;
beforeAll(async () => {
  test = await testArena({ mode: 'team' });
  owner = await firstOwner(test);
  await owner('POST', '/api/projects', { id: 'cats', name: 'Cats' });
  await owner('POST', '/api/projects', { id: 'dogs', name: 'Dogs' });
  rater = await invited(test, owner, { project: 'cats', role: 'rater', name: 'R' });
  stranger = await invited(test, owner, { project: 'dogs', role: 'viewer', name: 'S' });
  png = await encodePng(
    new Uint8Array(16 * 16 * 3).map((_, i) => (i * 37) % 256),
    16,
    16,
  );
});
afterAll(() => test.close());

interface Uploaded {
  readonly sha256: string;
  readonly type: string;
  readonly address: string;
}
const upload = (bytes: Uint8Array, project = 'cats') => owner('POST', `/api/projects/${project}/media`, bytes);
const uploaded = async (bytes: Uint8Array, project?: string) =>
  (await (await upload(bytes, project)).json()) as Uploaded;
const latin = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const box = (kind: string, content: Uint8Array) => {
  const bytes = new Uint8Array(8 + content.length);
  new DataView(bytes.buffer).setUint32(0, bytes.length);
  bytes.set(latin(kind), 4);
  bytes.set(content, 8);
  return bytes;
};
const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const mp4 = joined(box('ftyp', latin('isom\0\0\0\0isom')), box('moov', new Uint8Array(40)));

describe('an upload', () => {
  it('is what its bytes say, and is kept once', async () => {
    const first = await uploaded(png);
    expect(first).toMatchObject({ type: 'image/png', bytes: png.length });
    expect(await uploaded(png)).toEqual(first);
    expect(await uploaded(mp4)).toMatchObject({ type: 'video/mp4' });
  });

  it.each<[string, () => Uint8Array]>([
    ['SVG', () => latin('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
    ['HTML', () => latin('<!doctype html><script>alert(1)</script>')],
    ['nothing', () => new Uint8Array(0)],
    ['a script', () => latin('#!/bin/sh\nrm -rf /')],
    ['a picture with a page behind it', () => joined(png, latin('<html><script>alert(1)</script></html>'))],
    ['a page that begins like a GIF', () => latin('GIF89a/*<script >*/=1;alert(1)//')],
    ['a picture that was cut short', () => png.subarray(0, png.length - 40)],
    ['a picture with broken bytes', () => png.map((byte, i) => (i > 50 && i < 90 ? byte ^ 0xff : byte))],
    ['a bomb', () => pngBomb(30_000, 30_000)],
    ['a video that was cut short', () => mp4.subarray(0, mp4.length - 1)],
    ['a video of nothing but boxes', () => joined(mp4, latin('\0\0\0\bfree'.repeat(50_000)))],
    ['a video whose box is larger than all', () => mp4.map((byte, i) => (i === 0 ? 255 : byte))],
    ['sound that says more than there is', () => joined(latin('RIFF\xff\xff\xff\x7fWAVEfmt '), new Uint8Array(20))],
    ['a PDF', () => latin('%PDF-1.7 ')],
  ])('of %s is refused', async (_, bytes) => {
    const answer = await upload(bytes());
    expect(answer.status).toBe(415);
    expect(await answer.json()).toMatchObject({ code: 'bad-media' });
  });

  it('is refused or kept, and breaks nothing, whatever it is', () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom('\x89PNG\r\n\x1a\n', 'RIFF0000WAVE', '\0\0\0\x10ftypM4A ', 'ID3', 'OggS', 'fLaC', ''),
        fc.uint8Array(),
        async (head, tail) => {
          const refused = await inspectUpload(joined(latin(head), tail)).catch((error: Error) => error);
          if (typeof refused !== 'string') expect(refused).toBeInstanceOf(Refusal);
        },
      ),
      { numRuns: 200 },
    ));
});

describe('a file', () => {
  it('is seen by members of its project, with a type that nobody guesses and a sandbox around it', async () => {
    const { address, sha256 } = await uploaded(png);
    const answer = await rater('GET', address);
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).equals(png)).toBe(true);
    const { headers } = answer;
    expect(headers.get('content-type')).toBe('image/png');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain('sandbox');
    expect(headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(headers.get('etag')).toBe(`"${sha256}"`);
  });

  it('is not there for others, nor by an address that they made up', async () => {
    const { address, sha256 } = await uploaded(png);
    const nobody = await client(test);
    expect((await stranger('GET', address)).status).toBe(404);
    expect((await nobody('GET', address)).status).toBe(401);
    const seal = new URL(address, 'http://x').searchParams.get('seal');
    for (const query of [
      `project=dogs&seal=${seal}`,
      'project=dogs&seal=',
      `project=dogs&seal=${'A'.repeat(22)}`,
      `project=cats&seal=${seal}a`,
    ])
      expect((await stranger('GET', `/api/media/${sha256}?${query}`)).status).toBe(404);
  });

  it.each(['..%2f..%2fsecret', '../secret', '%2e%2e', 'secret', '.', 'a'.repeat(64)])(
    'at %s leads nowhere',
    async (path) => {
      const { address } = await uploaded(png);
      const answer = await rater('GET', `/api/media/${path}?${address.split('?')[1]}`);
      expect(await answer.text()).not.toContain(Buffer.from(test.arena.secret).toString('base64url'));
      expect(answer.headers.get('content-type')).toMatch(/json|html/);
    },
  );

  it('comes in parts to who asks for a part', async () => {
    const { address, type } = await uploaded(mp4);
    const part = async (range: string) => {
      const { pathname, search } = new URL(address, 'http://localhost');
      return test.app.request(`${pathname}${search}`, { headers: { range, cookie: await cookieOf() } });
    };
    const answer = await part('bytes=4-7');
    expect([answer.status, answer.headers.get('content-range')]).toEqual([206, `bytes 4-7/${mp4.length}`]);
    expect(await answer.text()).toBe('ftyp');
    expect((await part(`bytes=${mp4.length}-`)).status).toBe(416);
    expect(type).toBe('video/mp4');
  });

  it('that is large is in memory in pieces, as it is taken', async () => {
    const film = joined(
      mp4,
      box(
        'mdat',
        new Uint8Array(5 * 2 ** 20).map((_, i) => i % 251),
      ),
    );
    const { address } = await uploaded(film);
    const asked = async (range?: string) =>
      test.app.request(address, { headers: { cookie: await cookieOf(), ...(range && { range }) } });
    const whole = await asked();
    expect(whole.headers.get('content-length')).toBe(String(film.length));
    const reader = whole.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeLessThanOrEqual(2 ** 20);
    await reader?.cancel();
    expect(Buffer.from(await (await asked()).arrayBuffer()).equals(film)).toBe(true);
    const part = await asked('bytes=1000000-3999999');
    expect(part.headers.get('content-range')).toBe(`bytes 1000000-3999999/${film.length}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(film.subarray(1_000_000, 4_000_000))).toBe(true);
  });

  it('is cut where the range says, within the file', () =>
    fc.assert(
      fc.property(fc.nat(50), fc.nat(60), fc.integer({ min: 1, max: 50 }), (first, more, size) => {
        const range = byteRange(`bytes=${first}-${first + more}`, size);
        if (first >= size) expect(range).toBe('unsatisfiable');
        else expect(range).toEqual({ start: first, end: Math.min(size, first + more + 1) });
        expect(byteRange(`bytes=-${more + 1}`, size)).toEqual({ start: Math.max(0, size - more - 1), end: size });
        expect(byteRange('bytes=1-2,4-5', size)).toBe('whole');
      }),
    ));
});

describe('tasks', () => {
  const add = (tasks: object[], project = 'cats') => owner('POST', `/api/projects/${project}/tasks`, { tasks });

  it('are made of what was uploaded to the project, and come to its raters', async () => {
    const { sha256 } = await uploaded(png);
    const candidates = [
      { media: sha256, model: 'a' },
      { media: sha256, model: 'b', seed: 3 },
    ];
    const answer = await add([
      { prompt: 'a cat', candidates },
      { prompt: 'gold', candidates, purpose: 'gold', expected: { kind: 'winner', index: 1 } },
    ]);
    expect(answer.status).toBe(201);
    expect(((await answer.json()) as { ids: string[] }).ids).toHaveLength(2);
    const { presentations } = (await (await rater('GET', '/api/projects/cats/next')).json()) as {
      presentations: { candidates: { address: string }[] }[];
    };
    expect((await rater('GET', presentations[0]?.candidates[0]?.address ?? '')).status).toBe(200);
  });

  it('say all that is wrong with them, and none is added', async () => {
    const { sha256 } = await uploaded(png);
    const two = [{ media: sha256 }, { media: sha256 }];
    const answer = await add([
      { prompt: 'fine', candidates: two },
      { prompt: 'another', candidates: [{ media: sha256 }, { media: 'f'.repeat(64) }] },
      { prompt: 'text', candidates: [{ text: 'a' }, { media: sha256 }] },
      { prompt: 'unknown', candidates: two, purpose: 'gold' },
      { prompt: 'beyond', candidates: two, purpose: 'attention', expected: { kind: 'winner', index: 2 } },
    ]);
    expect(answer.status).toBe(400);
    const { issues } = (await answer.json()) as { issues: { path: string }[] };
    expect(issues.map(({ path }) => path)).toEqual([
      'tasks.1.candidates.1',
      'tasks.2.candidates.0',
      'tasks.3.expected',
      'tasks.4.expected',
    ]);
  });

  it('do not show a file of another project to who knows its sha256', async () => {
    const { sha256 } = await uploaded(png, 'cats');
    expect((await add([{ prompt: 'a', candidates: [{ media: sha256 }, { media: sha256 }] }], 'dogs')).status).toBe(400);
  });
});

/** A PNG whose head says more pixels than it has bytes for. */
function pngBomb(width: number, height: number): Uint8Array {
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  head.set([8, 2, 0, 0, 0], 8);
  const chunk = (kind: string, content: Uint8Array) => {
    const bytes = new Uint8Array(12 + content.length);
    new DataView(bytes.buffer).setUint32(0, content.length);
    bytes.set(latin(kind), 4);
    bytes.set(content, 8);
    return bytes;
  };
  const data = new Uint8Array(deflateRawSync(new Uint8Array(1_000_000)));
  return joined(png.subarray(0, 8), chunk('IHDR', head), chunk('IDAT', data), chunk('IEND', new Uint8Array(0)));
}

async function cookieOf(): Promise<string> {
  const csrf = ((await (await test.app.request('/api/me')).json()) as { csrf: string }).csrf;
  const answer = await test.app.request('/api/session', {
    method: 'POST',
    headers: { origin: 'http://localhost', 'x-csrf-token': csrf, 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ada@team.example', password: 'correct horse battery' }),
  });
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}
