import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { availableMemory } from './available-memory.js';

/** A root folder with such files. */
async function root(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'root-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}
const machine = { 'proc/meminfo': 'MemTotal: 2000 kB\nMemAvailable:    1000 kB\n' };

it('is what the system says where nothing limits it', async () => {
  const groups = { 'proc/self/cgroup': '0::/user\n', 'sys/fs/cgroup/user/memory.max': 'max\n' };
  expect(await availableMemory(await root({ ...machine, ...groups }))).toMatchObject({ bytes: 1_024_000 });
});

it('is what the least limit around a process leaves, with the file pages that it holds', async () => {
  const files = {
    ...machine,
    'proc/self/cgroup': '0::/outer/inner\n',
    'sys/fs/cgroup/outer/memory.max': '700000\n',
    'sys/fs/cgroup/outer/memory.current': '500000\n',
    'sys/fs/cgroup/outer/memory.stat': 'anon 1\nactive_file 10000\ninactive_file 20000\nslab 5\n',
    'sys/fs/cgroup/outer/inner/memory.max': '900000\n',
    'sys/fs/cgroup/outer/inner/memory.current': '100000\n',
  };
  const { bytes, by } = await availableMemory(await root(files));
  expect(bytes).toBe(230_000);
  expect(by).toMatch(/the limit of .*cgroup\/outer$/);
});

it('knows the older control groups', async () => {
  const files = {
    ...machine,
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '300000\n',
    'sys/fs/cgroup/memory/memory.usage_in_bytes': '400000\n',
    'sys/fs/cgroup/memory/memory.stat': 'active_file 7\ntotal_active_file 110000\ntotal_inactive_file 1000\n',
  };
  expect((await availableMemory(await root(files))).bytes).toBe(11_000);
});
