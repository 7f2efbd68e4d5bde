import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPromptFile } from './read-prompt-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prompts-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('a file of prompts', () => {
  it('is a prompt a line as plain text, trimmed, blank lines left out', async () => {
    const path = await fileOf('plain.txt', '\ufeffa red fox \r\n\r\na house, "old"\n');
    expect(await readPromptFile(path)).toEqual({
      name: 'plain',
      source: path,
      prompts: [{ prompt: 'a red fox' }, { prompt: 'a house, "old"' }],
    });
  });

  it('has categories and ids as CSV, and other columns are left alone', async () => {
    const path = await fileOf('set.csv', 'id,prompt,category,note\n7,"a fox, red",animals,x\n,a house,,\n');
    const { prompts } = await readPromptFile(path);
    expect(prompts).toEqual([{ id: '7', prompt: 'a fox, red', category: 'animals' }, { prompt: 'a house' }]);
  });

  it('is the same as JSONL', async () => {
    const path = await fileOf('set.jsonl', '{"prompt":"a fox","category":"animals","id":7}\n\n{"prompt":"a house"}');
    const { prompts } = await readPromptFile(path);
    expect(prompts).toEqual([{ prompt: 'a fox', category: 'animals', id: '7' }, { prompt: 'a house' }]);
  });

  it('keeps any prompts that JSONL can hold', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 }), async (texts) => {
        const asked = texts.map((text) => `x${text}x`);
        const path = await fileOf('any.jsonl', asked.map((prompt) => JSON.stringify({ prompt })).join('\n'));
        expect((await readPromptFile(path)).prompts.map(({ prompt }) => prompt)).toEqual(asked);
      }),
      { numRuns: 20 },
    ));

  it.each([
    ['empty.txt', '\n\n', /holds no prompt/],
    ['no-column.csv', 'text\na fox\n', /no-column\.csv:2.*prompt/],
    ['blank.jsonl', '{"prompt":" "}', /blank\.jsonl:1.*prompt/],
    ['list.jsonl', '["a fox"]', /list\.jsonl:1/],
    ['prompts.docx', 'a fox', /\.txt, \.csv, \.jsonl files, found \.docx/],
    ['latin.txt', Uint8Array.of(0x66, 0xfc, 0x72), /latin\.txt is not text in UTF-8/],
  ])('is refused with its place: %s', async (name, content, reason) => {
    await expect(readPromptFile(await fileOf(name, content))).rejects.toThrow(reason);
  });

  it('is said not to be there', () =>
    expect(readPromptFile('/nowhere/prompts.txt')).rejects.toThrow(
      '/nowhere/prompts.txt: there is no such file of prompts.',
    ));
});
