import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mediaBeside } from './media-address.js';
import { rowOf } from './source.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'address-'));
  await mkdir(join(folder, 'sub'));
  await writeFile(join(folder, 'sub/a.mp4'), 'film');
});
afterAll(() => rm(folder, { recursive: true }));

const load = async (media: string, kind?: 'text' | 'video') =>
  Buffer.from(await mediaBeside(folder).load({ media, ...(kind && { kind }) })).toString();

it('loads files, texts and data: URIs', async () => {
  expect(await load('sub/a.mp4', 'video')).toBe('film');
  expect(await load('../../etc/hostname', 'text')).toBe('../../etc/hostname');
  expect(await load('data:image/png;base64,aGFsbG8=')).toBe('hallo');
  expect(await load('data:,a%20b')).toBe('a b');
  await expect(load('../outside.mp4')).rejects.toMatchObject({ problem: 'outside-folder' });
  await expect(load('data:,%zz')).rejects.toMatchObject({ problem: 'bad-row' });
});

it.each(['https://example.org/a.png', 's3://bucket/a.png', 'file:///etc/hostname', 'uid:1f', 'HTTP://x'])(
  'never fetches %s',
  async (media) => {
    await expect(load(media)).rejects.toMatchObject({ problem: 'not-local', message: expect.stringContaining(media) });
  },
);

it('passes a record that names remote media or texts, and refuses one whose file is missing or outside', async () => {
  const problemOf = async (media: string, kind?: string) => {
    const candidate = { media, ...(kind && { kind }) };
    const row = rowOf('x', { id: '1', prompt: 'p', candidates: [candidate, candidate], outcome: { kind: 'tie' } });
    const checked = await mediaBeside(folder).checked(row);
    return 'problem' in checked ? checked.problem : undefined;
  };
  expect(await problemOf('https://example.org/a.png')).toBeUndefined();
  expect(await problemOf('no such file', 'text')).toBeUndefined();
  expect(await problemOf('sub/a.mp4')).toBeUndefined();
  expect(await problemOf('sub/b.mp4')).toBe('missing-file');
  expect(await problemOf('../a.mp4')).toBe('outside-folder');
  expect(await problemOf('a'.repeat(64))).toBe('missing-file');
});
