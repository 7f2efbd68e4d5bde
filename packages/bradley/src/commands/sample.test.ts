import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyWorkplace } from '../run/tiny-model.test-support.js';
import { run } from './run-command.test-support.js';

let base: string;
beforeAll(async () => {
  base = await tinyWorkplace();
});

const sample = (output: string, ...more: string[]) =>
  run(
    'sample',
    '--model',
    join(base, 'model'),
    '--steps',
    '1',
    '--threads',
    '1',
    '--output',
    join(base, output),
    ...more,
  );

describe('bradley sample', () => {
  it('draws the prompts of a file, each once, after those of the command line', async () => {
    const list = join(base, 'prompts.txt');
    await writeFile(list, 'pizza\ndog  face\n\ndog face\n');
    const { code, stdout } = await sample('out', '--prompt', 'cat,pizza', '--prompts', list, '--seeds', '0..1,0');
    expect(code).toBe(0);
    expect(stdout).toContain('Wrote 6 pictures; all of them: ');
    const lines = (await readFile(join(base, 'out/images.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line)).map(({ prompt, seed }) => `${prompt} ${seed}`)).toEqual([
      'cat 0',
      'cat 1',
      'pizza 0',
      'pizza 1',
      'dog  face 0',
      'dog  face 1',
    ]);
  });

  it('says how prompts are named where none is, and that a file is not there', async () => {
    const none = await sample('none');
    expect([none.code, none.stderr]).toEqual([2, expect.stringMatching(/--prompt, or with --prompts/)]);
    const missing = await sample('missing', '--prompts', join(base, 'nowhere.txt'));
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringMatching(/nowhere\.txt/)]);
  });
});
