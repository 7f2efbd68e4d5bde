/** One special token, as `special_tokens_map.json` and `tokenizer_config.json` write it. */
export interface SpecialToken {
  readonly content: string;
  readonly single_word?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly normalized?: boolean;
}

/** The special tokens of CLIP where a folder does not name others; they are CLIPTokenizer's defaults. */
export const clipSpecialTokens = {
  bos: { content: '<|startoftext|>' },
  eos: { content: '<|endoftext|>' },
  unk: { content: '<|endoftext|>' },
  pad: { content: '<|endoftext|>' },
} satisfies Record<string, SpecialToken>;

/**
 * The tokenizer JSON of a CLIP folder that has only `vocab.json` and `merges.txt`, with the parts that CLIPTokenizer of
 * transformers 5 assembles: NFC, runs of white space to one space, lower case; words, contractions, single digits and
 * runs of the rest; byte-level BPE with `</w>` at the end of a word; start and end tokens around the text.
 */
export function clipTokenizerJson(
  vocab: Readonly<Record<string, number>>,
  merges: string,
  { bos, eos, unk }: Readonly<Record<'bos' | 'eos' | 'unk', SpecialToken>>,
) {
  const lines = merges
    .split(/\r?\n/)
    .filter((line, index) => line !== '' && !(index === 0 && line.startsWith('#version')));
  return {
    version: '1.0',
    added_tokens: [],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      cls: [bos.content, vocab[bos.content]],
      sep: [eos.content, vocab[eos.content]],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      unk_token: unk.content,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges: lines.map((line) => line.split(' ')),
    },
  };
}
