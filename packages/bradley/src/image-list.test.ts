import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readImageFolder } from './evaluate/image-folder.js';
import { readImageList } from './image-list.js';
import { picturesToScore } from './reward/pictures-to-score.js';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'image-list-'));
});
afterEach(() => rm(base, { recursive: true }));

/** A folder as `bradley sample --output <name>` leaves it. */
async function sampled(name: string, lines = [{ file: '0000.png', prompt: 'a cat', seed: 0 }]): Promise<string> {
  const folder = join(base, name);
  await mkdir(folder, { recursive: true });
  for (const { file } of lines) await writeFile(join(folder, file), name);
  const listed = lines.map((line) => JSON.stringify(line));
  await writeFile(join(folder, 'images.jsonl'), `${listed.join('\n')}\n`);
  return folder;
}

const scored = async (path: string): Promise<string[]> => {
  const files: string[] = [];
  for await (const { file } of (await picturesToScore(path, null)).pictures) files.push(file);
  return files;
};

it('finds what bradley sample wrote, for whoever reads it', async () => {
  const folder = await sampled('out');
  const file = join(folder, '0000.png');
  expect((await readImageList(folder)).images).toMatchObject([{ file, prompt: 'a cat', seed: 0 }]);
  expect((await readImageFolder(folder)).pictures).toEqual([{ file, prompt: 'a cat', seed: 0 }]);
  expect((await scored(folder)).map((name) => basename(name))).toEqual(['0000.png']);
  expect(await scored(join(folder, 'images.jsonl'))).toHaveLength(1);
});

it('takes the pictures of a folder that was renamed, not those that lie at its old place now', async () => {
  const old = join(base, 'before');
  await rename(await sampled('out'), old);
  await sampled('out');
  expect((await readImageFolder(old)).pictures).toMatchObject([{ file: join(old, '0000.png') }]);
});

it('is refused as a contestant where it has two pictures of a prompt and seed: they would count twice', async () => {
  const twice = [
    { file: '0000.png', prompt: 'a cat', seed: 0 },
    { file: '0001.png', prompt: 'a  cat', seed: 0 },
  ];
  await expect(readImageFolder(await sampled('out', twice))).rejects.toThrow(
    /images\.jsonl: it has two pictures of "a {2}cat" with seed 0/,
  );
});

it('names the picture that is not there, and the line without a seed', async () => {
  const folder = await sampled('out');
  await rm(join(folder, '0000.png'));
  await expect(readImageList(folder)).rejects.toThrow(/images\.jsonl:1: 0000\.png is not there/);
  await writeFile(join(folder, 'images.jsonl'), '{"file":"images.jsonl","prompt":"a cat"}\n');
  await expect(readImageFolder(folder)).rejects.toThrow(/images\.jsonl: .*"a cat" has no seed/);
});
