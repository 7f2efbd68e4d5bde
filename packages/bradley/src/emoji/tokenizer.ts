import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EmojiName, emojiFolder, readEmojiNames } from './names.js';

/** Ids 0 to 3. The end token must not be 2, the id for which CLIPTextModel falls back to its old way of pooling. */
export const specialTokens = ['<pad>', '<unk>', '<bos>', '<eos>'] as const;

/** Tokens of a prompt with `<bos>` and `<eos>`: the longest name has five words. */
export const maxPromptTokens = 12;

/** The vocabulary: the special tokens, then every word of the names in alphabetical order. */
export function emojiVocabulary(names: readonly EmojiName[]): Record<string, number> {
  return vocabularyOf(names.map(({ name }) => name));
}

function vocabularyOf(texts: readonly string[]): Record<string, number> {
  const words = [...new Set(texts.flatMap((text) => text.split(' ')))].sort();
  return Object.fromEntries([...specialTokens, ...words].map((token, id) => [token, id]));
}

/** Writes the tokenizer of the emoji model: `writeWordTokenizer` of their names. */
export async function writeEmojiTokenizer(
  folder = join(emojiFolder, 'tokenizer'),
  names?: readonly EmojiName[],
): Promise<void> {
  const known = names ?? (await readEmojiNames());
  await writeWordTokenizer(
    folder,
    known.map(({ name }) => name),
  );
}

/**
 * Writes a word-level tokenizer of the words in these texts, as `PreTrainedTokenizerFast` reads it. A prompt is put in lower case and whatever is
 * neither letter nor digit parts words. The model is WordPiece with whole words only, because more tokenizer libraries
 * read it than WordLevel; a word outside the vocabulary is `<unk>`.
 */
export async function writeWordTokenizer(folder: string, texts: readonly string[]): Promise<void> {
  const vocab = vocabularyOf(texts);
  const special = (content: string) => ({ SpecialToken: { id: content, type_id: 0 } });
  const template = (id: string) => [special('<bos>'), { Sequence: { id, type_id: 0 } }, special('<eos>')];
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'Sequence',
      normalizers: [{ type: 'Lowercase' }, { type: 'Replace', pattern: { Regex: '[^a-z0-9]+' }, content: ' ' }],
    },
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: {
      type: 'TemplateProcessing',
      single: template('A'),
      pair: [...template('A'), { Sequence: { id: 'B', type_id: 0 } }, special('<eos>')],
      special_tokens: Object.fromEntries(
        ['<bos>', '<eos>'].map((token) => [token, { id: token, ids: [vocab[token]], tokens: [token] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
    model: {
      type: 'WordPiece',
      unk_token: '<unk>',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
  const tokens = { bos_token: '<bos>', eos_token: '<eos>', pad_token: '<pad>', unk_token: '<unk>' };
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: maxPromptTokens,
    padding_side: 'right',
    truncation_side: 'right',
    clean_up_tokenization_spaces: false,
    ...tokens,
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'tokenizer.json'), `${JSON.stringify(tokenizer, null, 1)}\n`);
  await writeFile(join(folder, 'tokenizer_config.json'), `${JSON.stringify(config, null, 2)}\n`);
  await writeFile(join(folder, 'special_tokens_map.json'), `${JSON.stringify(tokens, null, 2)}\n`);
}
