import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { emojiFolder, readEmojiNames } from './names.js';
import { emojiVocabulary, maxPromptTokens } from './tokenizer.js';

const names = await readEmojiNames();

it('gives every name room between <bos> and <eos>', () => {
  expect(Math.max(...names.map(({ name }) => name.split(' ').length)) + 2).toBeLessThanOrEqual(maxPromptTokens);
});

it('ships the vocabulary of the names', async () => {
  const shipped = JSON.parse(await readFile(join(emojiFolder, 'tokenizer', 'tokenizer.json'), 'utf8'));
  expect(shipped.model.vocab).toEqual(emojiVocabulary(names));
});
