import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { filesIn, hubWorkplace, text } from './hub-workplace.test-support.js';
import { resolveTokenizer } from './resolve-tokenizer.js';

const at = hubWorkplace();
const files = {
  'tokenizer_config.json': text({ a: 1 }),
  'vocab.json': text({ a: 0 }),
  'merges.txt': text('#version'),
  'special_tokens_map.json': text({ b: 1 }),
};
const others = {
  'model.safetensors': randomBytes(500),
  'pytorch_model.bin': randomBytes(500),
  'config.json': text({}),
};

it('fetches of a repository its tokenizer alone, once', async () => {
  at.publish({ ...files, ...others });
  const found = await resolveTokenizer('owner/name');
  expect(found.name).toMatch(/^owner\/name@[0-9a-f]{40}$/);
  expect(await filesIn(found.path)).toEqual(Object.keys(files).sort());
  await at.hub.close();
  expect(await resolveTokenizer(found.name)).toEqual(found);
  expect(await resolveTokenizer('owner/name', { offline: true })).toEqual(found);
});

it('says what a repository without one lacks', async () => {
  at.publish(others);
  await expect(resolveTokenizer('owner/name')).rejects.toThrow(
    'owner/name: the repository is no tokenizer: it lacks tokenizer_config.json, tokenizer.json.',
  );
});

it('takes a folder that is here as it is', async () => {
  const folder = join(at.base, 'tokenizer');
  await mkdir(folder);
  await writeFile(join(folder, 'vocab.json'), '{}');
  expect(await resolveTokenizer(folder)).toMatchObject({ kind: 'folder', path: folder, name: folder });
  expect(at.hub.seen).toEqual([]);
});
