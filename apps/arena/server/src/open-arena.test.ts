import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { testArena } from './arena.test-support.js';

it('what an arena keeps is for its owner alone, also in a folder that was there and open to all', async () => {
  const before = process.umask(0o022);
  const parent = await mkdtemp(join(tmpdir(), 'open-'));
  try {
    const test = await testArena({ folder: parent });
    const mode = async (name: string) => ((await stat(join(parent, name))).mode & 0o777).toString(8);
    expect(await mode('secret')).toBe('600');
    for (const name of await readdir(parent))
      if (name !== 'secret') expect([name, await mode(name)]).toEqual([name, '700']);
    await test.close();
  } finally {
    process.umask(before);
    await rm(parent, { recursive: true, force: true });
  }
});
