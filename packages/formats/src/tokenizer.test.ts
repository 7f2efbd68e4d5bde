import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTokenizer, type Tokenizer } from './tokenizer.js';

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tokenizer-'));
});
afterAll(() => rm(root, { recursive: true }));

/** A tokenizer folder of the given JSON files. */
async function folderOf(name: string, files: Record<string, unknown>, clip = false): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  for (const [file, value] of Object.entries(files)) {
    await writeFile(join(folder, file), typeof value === 'string' ? value : JSON.stringify(value));
  }
  if (clip) {
    await copyFile(join(fixtures, 'tok_clip.vocab.json'), join(folder, 'vocab.json'));
    await copyFile(join(fixtures, 'tok_clip.merges.txt'), join(folder, 'merges.txt'));
  }
  return folder;
}

describe('CLIP from vocab.json and merges.txt', () => {
  it('gives the ids of transformers on difficult strings, raw and padded to 77', async () => {
    const golden = JSON.parse(await readFile(join(fixtures, 'tok_clip.json'), 'utf8'));
    const tokenizer = await loadTokenizer(await folderOf('clip', {}, true));
    for (const [i, text] of golden.strings.entries()) {
      expect(tokenizer.encode(text, { specialTokens: false }).ids, text).toEqual(golden.raw[i]);
      const padded = tokenizer.encode(text, { maxLength: 77, padding: 'max', truncation: true });
      expect(padded.ids, text).toEqual(golden.padded_77[i]);
      const seen = Math.min(golden.raw[i].length + 2, 77);
      expect(padded.attentionMask, text).toEqual(Array.from({ length: 77 }, (_, at) => (at < seen ? 1 : 0)));
    }
  });

  it("cuts text at SDXL's padding token '!', as transformers 5.18 does", async () => {
    const normalized = (content: string) => ({
      content,
      lstrip: false,
      normalized: true,
      rstrip: false,
      single_word: false,
    });
    const folder = await folderOf(
      'clip-2',
      {
        'special_tokens_map.json': {
          bos_token: normalized('<|startoftext|>'),
          eos_token: normalized('<|endoftext|>'),
          unk_token: normalized('<|endoftext|>'),
          pad_token: '!',
        },
        'tokenizer_config.json': { tokenizer_class: 'CLIPTokenizer', model_max_length: 77, pad_token: '!' },
      },
      true,
    );
    const tokenizer = await loadTokenizer(folder);
    expect(tokenizer.encode('hello!!', { maxLength: 8, padding: 'max', truncation: true })).toEqual({
      ids: [0, 1105, 1543, 2, 2, 1, 2, 2],
      attentionMask: [1, 1, 1, 1, 1, 1, 0, 0],
    });
    expect(tokenizer.encode('a! b !').ids).toEqual([0, 265, 2, 271, 2, 1]);
    expect(tokenizer.encode('<|ENDOFTEXT|> upper').ids).toEqual([0, 1, 1260, 474, 1]);
    expect(tokenizer.unknownWords('hello zebra')).toEqual([]);
    expect(tokenizer).toMatchObject({ bosId: 0, eosId: 1, padId: 2, modelMaxLength: 77 });
  });
});

describe('a word-level tokenizer.json', () => {
  const words = ['[PAD]', '[UNK]', '[BOS]', '[EOS]', 'red', 'apple', 'face', 'with', 'smile', 'café', 'οδοσ'];
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const template = (id: string, at: number) => ({ id, ids: [at], tokens: [id] });
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: words.slice(0, 4).map((content, id) => ({ id, content, ...special })),
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[BOS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[EOS]', type_id: 0 } },
      ],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: { '[BOS]': template('[BOS]', 2), '[EOS]': template('[EOS]', 3) },
    },
    decoder: null,
    model: { type: 'WordLevel', vocab: Object.fromEntries(words.map((word, id) => [word, id])), unk_token: '[UNK]' },
  };
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: 16,
    bos_token: '[BOS]',
    eos_token: '[EOS]',
    pad_token: '[PAD]',
    unk_token: '[UNK]',
  };
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await loadTokenizer(
      await folderOf('word', { 'tokenizer.json': json, 'tokenizer_config.json': config }),
    );
  });

  // transformers 5.18, tokenizers 0.23
  it.each([
    ['Red apple', [2, 4, 5, 3, 0, 0], 4],
    ['', [2, 3, 0, 0, 0, 0], 2],
    ['face-with smile, purple', [2, 6, 1, 7, 8, 3], 6],
    ['red red red red red red red red', [2, 4, 4, 4, 4, 3], 6],
    ['[EOS] apple', [2, 3, 5, 3, 0, 0], 4],
    ['red[PAD]apple', [2, 4, 0, 5, 3, 0], 5],
    ['  Red\tAPPLE\n', [2, 4, 5, 3, 0, 0], 4],
    ['CAFÉ ΟΔΟΣ', [2, 9, 10, 3, 0, 0], 4],
  ])('gives the ids of transformers for %j', (text, ids, seen) => {
    const encoded = tokenizer.encode(text, { maxLength: 6, padding: 'max', truncation: true });
    expect(encoded).toEqual({ ids, attentionMask: ids.map((_, at) => (at < seen ? 1 : 0)) });
  });

  it('takes any text to ids of the vocabulary, never longer than asked', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { ids } = tokenizer.encode(text, { maxLength: 7, truncation: true });
        expect(ids.length).toBeLessThanOrEqual(7);
        expect(ids.every((id) => id >= 0 && id < words.length)).toBe(true);
        expect([ids[0], ids.at(-1)]).toEqual([2, 3]);
      }),
    ));

  it('says which words it does not know, as they are written and each once', () => {
    expect(tokenizer.unknownWords('Red zebra, CAFÉ-Zebra; zebra 日本')).toEqual(['zebra', 'Zebra', '日本']);
    expect(tokenizer.unknownWords('red apple, with a smile!')).toEqual(['a']);
    expect(tokenizer.unknownWords('')).toEqual([]);
  });

  it('refuses longer text when it may not truncate', () => {
    expect(() => tokenizer.encode('red apple', { maxLength: 3 })).toThrow(/takes 4 tokens but at most 3/);
  });

  it('refuses a word when there is no token for unknown ones', async () => {
    const { unk_token: _, ...model } = json.model;
    const { unk_token: __, ...rest } = config;
    const folder = await folderOf('no-unknown', {
      'tokenizer.json': { ...json, model },
      'tokenizer_config.json': rest,
    });
    const strict = await loadTokenizer(folder);
    expect(() => strict.encode('red zebra')).toThrow(/neither 'zebra'/);
  });

  it('pads on the left where the folder says so', async () => {
    const files = { 'tokenizer.json': json, 'tokenizer_config.json': { ...config, padding_side: 'left' } };
    const left = await loadTokenizer(await folderOf('left', files));
    expect(left.encode('red', { maxLength: 5, padding: 'max' })).toEqual({
      ids: [0, 0, 2, 4, 3],
      attentionMask: [0, 0, 1, 1, 1],
    });
  });
});

describe('a folder that is wrong', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['empty', {}, /empty: there is neither a tokenizer\.json nor/],
    ['broken', { 'tokenizer.json': '{"model"' }, /tokenizer\.json: not valid JSON/],
    ['modelless', { 'tokenizer.json': {} }, /tokenizer\.json: not a tokenizer file[\s\S]*model/],
    ['odd', { 'tokenizer.json': { model: { type: 'Odd' } } }, /odd: tokenizer\.json cannot be used/],
    [
      'other',
      { 'vocab.json': {}, 'merges.txt': '', 'tokenizer_config.json': { tokenizer_class: 'GPT2Tokenizer' } },
      /GPT2Tokenizer/,
    ],
    ['alien', { 'vocab.json': { a: 0 }, 'merges.txt': '' }, /'<\|startoftext\|>' is not in the vocabulary/],
  ])('says what is wrong: %s', async (name, files, message) => {
    await expect(loadTokenizer(await folderOf(name, files))).rejects.toThrow(message);
  });
});
