import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '@bradley/formats';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from './run-command.test-support.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'label-'));
  vi.stubEnv('BRADLEY_CACHE', join(folder, 'cache'));
  const lines = [9, 99].map((grey) => JSON.stringify({ file: `${grey}.png`, prompt: 'a cat' }));
  for (const grey of [9, 99])
    await writeFile(join(folder, `${grey}.png`), await encodePng(new Uint8Array(3).fill(grey), 1, 1));
  await writeFile(join(folder, 'images.jsonl'), lines.join('\n'));
});

describe('bradley label', () => {
  it('takes several scorers with commas between, also where one has commas itself', async () => {
    const output = join(folder, 'labels.jsonl');
    const scorers = 'symmetry,palette:#000000,#ff0000';
    const { code } = await run(
      'label',
      '--candidates',
      folder,
      '--scorer',
      scorers,
      '--outcome',
      'scores',
      '--output',
      output,
    );
    expect(code).toBe(0);
    const { by } = JSON.parse(await readFile(output, 'utf8')).outcome;
    expect(Object.keys(by)).toEqual(['symmetry', 'palette:#000000,#ff0000']);
  });

  it('refuses a scorer that is there twice, which would vote once', async () => {
    const twice = ['--scorer', 'symmetry', '--scorer', 'symmetry', '--weights', '1,3'];
    const { code, stderr } = await run(
      'label',
      '--candidates',
      folder,
      ...twice,
      '--output',
      join(folder, 'twice.jsonl'),
    );
    expect(code).toBe(2);
    expect(stderr).toContain('symmetry is there twice');
  });

  it('refuses to keep raw scores and to combine them at once', async () => {
    const output = join(folder, 'both.jsonl');
    const asked = ['--candidates', folder, '--scorer', 'symmetry', '--outcome', 'scores', '--output', output];
    for (const how of [
      ['--combine', 'rank'],
      ['--margin', '0.2'],
      ['--ties', 'drop'],
      ['--weights', '2'],
    ]) {
      const { code, stderr } = await run('label', ...asked, ...how);
      expect([code, stderr]).toEqual([2, expect.stringContaining('--outcome scores keeps every score as it is')]);
    }
  });
});
