import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadJudgeConfig } from './judge-config.js';

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'judge-config-'));
});
afterAll(() => rm(base, { recursive: true }));

describe('the file of a judge', () => {
  it.each([
    ['endpoint: http://example.com/v1\n', /expected https/],
    ['endpoint: https://me:secret@example.com/v1\n', /without a user/],
    ['apiKeyVariable: sk-abc\n', /name of an environment variable.*never the key itself/],
    ['samples: 3\n', /every sample is the same answer/],
    ['range: [5, 5]\n', /lowest score, then the highest/],
    ['budget: { money: 3 }\n', /needs prices/],
    ['rubricFile: r.md\n', /either rubric or rubricFile/],
    ['apiKey: abc\n', /apiKey/],
  ])('is refused with %j', async (line, reason) => {
    const path = join(base, 'bad.yaml');
    const field = line.slice(0, line.indexOf(':'));
    const fields = ['endpoint: http://localhost/v1', 'model: m', 'rubric: r'].filter(
      (given) => !given.startsWith(`${field}:`),
    );
    await writeFile(path, `${fields.join('\n')}\n${line}`);
    await expect(loadJudgeConfig(path)).rejects.toThrow(reason);
  });

  it('names a rubric in a file beside it', async () => {
    await writeFile(join(base, 'rubric.md'), 'As red as can be.\n');
    const path = join(base, 'with-file.yaml');
    await writeFile(path, 'endpoint: https://api.example.com/v1\nmodel: m\nrubricFile: rubric.md\n');
    expect(await loadJudgeConfig(path)).toMatchObject({ rubric: 'As red as can be.', samples: 1, budget: {} });
    await writeFile(path, 'endpoint: https://api.example.com/v1\nmodel: m\nrubricFile: none.md\n');
    await expect(loadJudgeConfig(path)).rejects.toThrow(/none\.md cannot be read/);
  });
});
