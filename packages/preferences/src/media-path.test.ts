import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentStore, resolveInside, sha256Of } from './media-path.js';

let root: string;
let folder: string;
const bytes = new TextEncoder().encode('an image');
const sha256 = sha256Of(bytes);

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'media-')));
  folder = join(root, 'set');
  await mkdir(join(folder, 'images'), { recursive: true });
  await writeFile(join(root, 'secret.png'), 'secret');
  await mkdir(join(root, 'set-beside'));
  await writeFile(join(root, 'set-beside', 'a.png'), 'secret');
  await writeFile(join(folder, 'images', 'a.png'), bytes);
  await writeFile(join(folder, 'images', `${sha256}.webp`), bytes);
  await writeFile(join(folder, 'images', `${'0'.repeat(64)}.png`), bytes);
  await symlink(join(root, 'secret.png'), join(folder, 'images', 'link.png'));
  await symlink(root, join(folder, 'up'));
  await symlink('a.png', join(folder, 'images', 'inside.png'));
  await symlink('loop.png', join(folder, 'loop.png'));
  await symlink(join(root, 'secret.png'), join(folder, 'images', `${'1'.repeat(64)}.png`));
  execFileSync('mkfifo', [join(folder, 'pipe.png')]);
});
afterAll(() => rm(root, { recursive: true }));

describe('a path in a record', () => {
  it('finds a file below the folder, also by a link that stays there', async () => {
    expect(await resolveInside(folder, 'images/a.png')).toBe(join(folder, 'images/a.png'));
    expect(await resolveInside(folder, './images/../images/inside.png')).toBe(join(folder, 'images/a.png'));
  });

  it.each([
    '../secret.png',
    'images/../../secret.png',
    '../set-beside/a.png',
    '..',
    '.',
    '',
    '/etc/passwd',
    'images\\a.png',
    '..\\secret.png',
    'C:/a.png',
    'C:a.png',
    'images/a.png\0.txt',
  ])('is refused when it is %j', (path) =>
    expect(resolveInside(folder, path)).rejects.toMatchObject({ problem: 'outside-folder' }),
  );

  it.each(['images/link.png', 'up/secret.png', 'up/set-beside/a.png'])(
    'is refused when the link %s leaves the folder',
    (path) =>
      expect(resolveInside(folder, path)).rejects.toMatchObject({
        problem: 'outside-folder',
        message: expect.stringMatching(/symbolic link that leaves set\//),
      }),
  );

  it.each(['images/none.png', 'images', 'images/a.png/b', 'loop.png', 'pipe.png', 'x'.repeat(5000)])(
    'is refused when %s is no file, and never blocks',
    (path) => expect(resolveInside(folder, path)).rejects.toMatchObject({ problem: 'missing-file' }),
  );

  it('never leads out of the folder, whatever it is', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom('..', '.', '/', 'up', 'images', 'secret.png', '\\', 'set'), fc.string())),
        async (parts) => {
          const found = await resolveInside(folder, parts.join('/')).catch((error) => {
            expect(error).toMatchObject({ name: 'MediaError' });
          });
          if (found) expect(found.startsWith(`${folder}/`)).toBe(true);
        },
      ),
      { numRuns: 300 },
    ));
});

describe('media by their sha256', () => {
  it('are found in images/ or media/ and compared with their name', async () => {
    expect(await contentStore(folder).load(sha256)).toEqual(bytes);
    await expect(contentStore(folder).load('0'.repeat(64))).rejects.toThrow(/has the sha256/);
  });

  it('are refused when missing, or a link out of the folder', async () => {
    await expect(contentStore(folder).load('2'.repeat(64))).rejects.toMatchObject({ problem: 'missing-file' });
    await expect(contentStore(folder).load('1'.repeat(64))).rejects.toMatchObject({ problem: 'outside-folder' });
  });
});
