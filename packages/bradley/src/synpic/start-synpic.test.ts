import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readOwner } from './start-synpic.js';

it('tells how to ask the owner of a folder, nothing where none said so, and which file is damaged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'owner-'));
  expect(await readOwner(folder)).toBeNull();
  const owner = { pid: 1, url: 'http://127.0.0.1:4690', token: 'secret' };
  await writeFile(join(folder, 'owner.json'), JSON.stringify(owner));
  expect(await readOwner(folder)).toEqual(owner);
  await writeFile(join(folder, 'owner.json'), '{"pid":1');
  await expect(readOwner(folder)).rejects.toThrow(/owner\.json does not say who serves the job: remove it/);
});
