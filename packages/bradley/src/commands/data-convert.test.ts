import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '@bradley/formats';
import { beforeEach, describe, expect, it } from 'vitest';
import { run } from './run-command.test-support.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convert-'));
  for (const side of ['chosen', 'rejected']) {
    await mkdir(join(folder, 'pairs', side), { recursive: true });
    const grey = side === 'chosen' ? 9 : 99;
    await writeFile(join(folder, 'pairs', side, 'a.png'), await encodePng(new Uint8Array(3).fill(grey), 1, 1));
  }
  await writeFile(join(folder, 'pairs/a.txt'), 'a cat');
});

describe('bradley data convert', () => {
  it('writes another format, and says what it wrote', async () => {
    const path = join(folder, 'new/set.jsonl');
    const { code, stdout } = await run('data', 'convert', join(folder, 'pairs'), path, '--to', 'jsonl');
    expect(stdout).toBe(`${path}: 1 record as jsonl, from 1 row of folder\n`);
    expect(code).toBe(0);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ id: 'a', prompt: 'a cat' });
  });

  it('counts by problem what it had to leave out, and fails', async () => {
    await writeFile(join(folder, 'pairs/chosen/b.png'), 'no partner');
    const path = join(folder, 'set.csv');
    const { code, stdout } = await run('data', 'convert', join(folder, 'pairs'), path, '--to', 'video-align');
    expect(code).toBe(1);
    expect(stdout).toContain('0 records as video-align, from 2 rows of folder\n2 rows refused:');
    expect(stdout).toContain('1  missing-file: a file that is not there');
    expect(stdout).toContain("record a: not-expressible: a candidate is image; VideoAlign's CSV holds video");
  });

  it('replaces nothing, and names the formats there are', async () => {
    const pairs = join(folder, 'pairs');
    expect((await run('data', 'convert', pairs, pairs, '--to', 'folder')).stderr).toContain('exists already');
    expect((await run('data', 'convert', pairs, join(folder, 'x'), '--to', 'xml')).stderr).toContain('pick-a-pic');
  });
});
