import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '@bradley/formats';
import { beforeEach, describe, expect, it } from 'vitest';
import { run } from './run-command.test-support.js';

const pixel = await encodePng(new Uint8Array(3), 1, 1);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check-'));
  for (const side of ['chosen', 'rejected']) await mkdir(join(folder, side));
  await writeFile(join(folder, 'chosen/a.png'), pixel);
  await writeFile(join(folder, 'a.txt'), 'a cat');
});

describe('bradley data check', () => {
  it('fails with what is wrong and where', async () => {
    const { code, stdout } = await run('data', 'check', folder);
    expect(code).toBe(1);
    expect(stdout).toContain('missing-file');
    expect(stdout).toContain('rejected/ has no file named a');
  });

  it('gives its report as JSON', async () => {
    await writeFile(join(folder, 'rejected/a.png'), pixel);
    const { code, stdout } = await run('data', 'check', folder, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 1, sound: 0, problems: [{ name: 'same-image', count: 1 }] });
  });

  it('names a path that is not there', async () => {
    expect(await run('data', 'check', join(folder, 'nowhere'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nowhere: there is no such file or folder'),
    });
  });
});
