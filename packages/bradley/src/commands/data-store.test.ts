import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@bradley/preferences';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './run-command.test-support.js';

let folder: string;
let place: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'data-store-'));
  place = ['--project', 'cats', '--folder', join(folder, 'arena')];
  const candidates = [
    { media: 'one', kind: 'text' },
    { media: 'two', kind: 'text' },
  ];
  const record = (id: string) => ({ id, prompt: `a ${id}`, candidates, outcome: { kind: 'winner', index: 0 } });
  await writeFile(join(folder, 'set.jsonl'), `${['a', 'b'].map((id) => JSON.stringify(record(id))).join('\n')}\n{}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

describe('bradley data import, export and freeze', () => {
  it('take a set in, once, say what was refused, and give it back', async () => {
    const first = await run('data', 'import', join(folder, 'set.jsonl'), ...place);
    expect(first.stderr).toBe('Made the project cats.\n');
    expect(first.stdout).toMatch(/3 rows read, 2 added, 0 known already, 1 refused\n {2}1 {2}bad-record/);
    expect(first.code).toBe(1);
    const again = await run('data', 'import', join(folder, 'set.jsonl'), ...place);
    expect(again.stdout).toMatch('0 added, 2 known already, 1 refused');
    const out = join(folder, 'out.jsonl');
    expect((await run('data', 'export', out, '--to', 'jsonl', ...place)).code).toBe(0);
    expect((await readFile(out, 'utf8')).trim().split('\n')).toHaveLength(2);
    const frozen = await run('data', 'freeze', 'my-cats', ...place);
    expect(frozen.stdout).toMatch(/^Froze my-cats@1: 2 comparisons, 0 media, in .*snapshots\/my-cats\/1\n$/);
  });

  it('write the agreement of raters and the bias of places on the card, each with its count and interval', async () => {
    const candidates = ['one', 'two'].map((media) => ({ media, kind: 'text' }));
    const vote = (prompt: string, rater: string, index: number) => ({
      ...{ id: `${prompt}-${rater}`, prompt, candidates, outcome: { kind: 'winner', index } },
      ...{ rater, shown: [0, 1] },
    });
    const votes = ['a', 'b', 'c', 'd'].flatMap((prompt, i) => [vote(prompt, 'ada', i % 2), vote(prompt, 'bob', i % 2)]);
    const set = join(folder, 'two-raters.jsonl');
    await writeFile(set, votes.map((one) => JSON.stringify(one)).join('\n'));
    const there = ['--project', 'two-raters', '--folder', join(folder, 'another')];
    await run('data', 'import', set, ...there);
    const { stdout } = await run('data', 'freeze', 'two-raters', ...there);
    const path = /in (.*)\n/.exec(stdout)?.[1] ?? '';
    expect(await readFile(join(path, 'README.md'), 'utf8')).toMatch(
      /\| overall \| 1\.00 \(1\.00 to 1\.00\) \| 4 \| 4 of 8 \(2\d\.\d % to 7\d\.\d %\) \|/,
    );
    const missing = await run('data', 'freeze', 'none', '--project', 'none', '--folder', join(folder, 'another'));
    expect(missing.stderr).toMatch(/there is no project none\. It has .*two-raters/);
  });

  it('clean up behind themselves', async () => {
    const { stdout } = await run('data', 'clean', ...place.slice(2));
    expect(stdout).toBe('Deleted 0 files that nothing named.\n');
  });

  it('make no database where none is, but for an import', async () => {
    const mistyped = ['--folder', join(folder, 'arenna')];
    for (const command of [
      ['clean'],
      ['freeze', 'my-cats', '--project', 'cats'],
      ['export', join(folder, 'x.jsonl'), '--to', 'jsonl', '--project', 'cats'],
    ]) {
      const { code, stderr } = await run('data', ...command, ...mistyped);
      expect(stderr).toMatch(/arenna: no comparisons or jobs are kept there.*Check --folder/);
      expect(code).toBe(1);
    }
    await expect(stat(join(folder, 'arenna'))).rejects.toThrow('ENOENT');
  });

  it('say what is wrong with where they are to look', async () => {
    const { stderr } = await run(
      'data',
      'import',
      join(folder, 'set.jsonl'),
      '--project',
      'My Cats',
      '--store',
      'mysql://x',
    );
    expect(stderr).toMatch('--project: expected 1 to 64 of a–z, 0–9 and -, no - at the ends, found "My Cats"');
    expect(stderr).toMatch(
      '--store: expected postgres://user@host/database, its password in PGPASSWORD, found "mysql://x"',
    );
    const origin = await run('arena', '--team', '--origin', 'arena.example');
    expect(origin.stderr).toMatch(
      '--origin: expected an address such as https://arena.example.org, found "arena.example"',
    );
    const file = await run('arena', '--folder', join(folder, 'set.jsonl'));
    expect(file.stderr).toMatch(/set\.jsonl: is a file, or lies below one\. Name another --folder/);
  });

  it('say what to do while an arena has the folder, and which projects there are', async () => {
    const nowhere = await run('data', 'export', join(folder, 'x.jsonl'), '--to', 'jsonl', ...place.with(1, 'dogs'));
    expect(nowhere.stderr).toMatch(/there is no project dogs\. It has cats\./);
    const store = await openStore(join(folder, 'arena', 'database'));
    const held = await run('data', 'freeze', 'my-cats', ...place);
    expect(held.stderr).toMatch(new RegExp(`process ${process.pid}.*its page imports, exports and freezes too`, 's'));
    await store.close();
  });
});
