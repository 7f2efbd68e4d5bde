import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { clipSpecialTokens, clipTokenizerJson, type SpecialToken } from './clip-tokenizer-json.js';

type SpecialTokens = { readonly [Role in 'bos' | 'eos' | 'unk' | 'pad']?: SpecialToken | undefined };

/** What the files of a tokenizer folder say, in one shape. */
export interface TokenizerFiles {
  /** For the Tokenizer of @huggingface/tokenizers. */
  readonly json: object;
  readonly special: SpecialTokens;
  readonly modelMaxLength: number | undefined;
  readonly paddingSide: 'left' | 'right';
}

const flag = z.boolean().optional();
const specialToken = z
  .union([
    z.string().transform((content) => ({ content })),
    z.object({ content: z.string(), single_word: flag, lstrip: flag, rstrip: flag, normalized: flag }),
  ])
  .nullish()
  .transform((token): SpecialToken | undefined => (token as SpecialToken | undefined) ?? undefined);

const roles = { bos_token: specialToken, eos_token: specialToken, unk_token: specialToken, pad_token: specialToken };
const specialTokensMap = z.looseObject(roles);
const tokenizerConfig = z.looseObject({
  ...roles,
  tokenizer_class: z.string().nullish(),
  model_max_length: z.number().nullish(),
  padding_side: z.enum(['left', 'right']).default('right'),
  truncation_side: z.literal('right', 'Bradley truncates on the right only').default('right'),
});

const vocabulary = z.record(z.string(), z.int().nonnegative());
const normalizerOrPreTokenizer = z.looseObject({ type: z.string() }).nullish();
const tokenizerJson = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string() })).default([]),
  normalizer: normalizerOrPreTokenizer,
  pre_tokenizer: normalizerOrPreTokenizer,
  model: z.looseObject({ unk_token: z.string().nullish(), vocab: z.unknown().optional() }),
});
type TokenizerJson = z.infer<typeof tokenizerJson>;

/** transformers writes 10^30 or so where a model has no limit. */
const noLimit = 1e9;

/** Reads `tokenizer.json`, or CLIP's `vocab.json` and `merges.txt`, with the special tokens named beside them. */
export async function readTokenizerFiles(folder: string, padToken?: string): Promise<TokenizerFiles> {
  const config = (await readJson(folder, 'tokenizer_config.json', tokenizerConfig)) ?? tokenizerConfig.parse({});
  const map = (await readJson(folder, 'special_tokens_map.json', specialTokensMap)) ?? specialTokensMap.parse({});
  const named = {
    bos: map.bos_token ?? config.bos_token,
    eos: map.eos_token ?? config.eos_token,
    unk: map.unk_token ?? config.unk_token,
    pad: padToken === undefined ? (map.pad_token ?? config.pad_token) : { content: padToken },
  };
  const { json, special } = await readModel(folder, config.tokenizer_class ?? undefined, named);
  const limit = config.model_max_length ?? Number.POSITIVE_INFINITY;
  return {
    json: withSpecialTokens(folder, asRustReads(json), special),
    special,
    modelMaxLength: limit < noLimit ? limit : undefined,
    paddingSide: config.padding_side,
  };
}

async function readModel(folder: string, tokenizerClass: string | undefined, named: SpecialTokens) {
  const json = await readJson(folder, 'tokenizer.json', tokenizerJson);
  if (json !== undefined) return { json, special: named };

  const vocab = await readJson(folder, 'vocab.json', vocabulary);
  const merges = await readOptional(join(folder, 'merges.txt'));
  if (vocab === undefined || merges === undefined) {
    throw new Error(
      `${folder}: there is neither a tokenizer.json nor a vocab.json with a merges.txt. Point to the tokenizer folder of the model (for example 'tokenizer', 'tokenizer_2').`,
    );
  }
  if (tokenizerClass !== undefined && !tokenizerClass.startsWith('CLIPTokenizer')) {
    throw new Error(
      `${folder}: without a tokenizer.json only a CLIPTokenizer can be built, but tokenizer_config.json says ${tokenizerClass}. Save the tokenizer with its tokenizer.json.`,
    );
  }
  const special = {
    bos: named.bos ?? clipSpecialTokens.bos,
    eos: named.eos ?? clipSpecialTokens.eos,
    unk: named.unk ?? clipSpecialTokens.unk,
    pad: named.pad ?? clipSpecialTokens.pad,
  };
  return { json: tokenizerJson.parse(clipTokenizerJson(vocab, merges, special)), special };
}

/**
 * transformers makes every special token an added token, which text is cut at before anything else. It matters: the
 * second tokenizer of SDXL pads with '!', so there a '!' in a prompt is the padding token and not the word '!</w>'.
 */
function withSpecialTokens(folder: string, json: TokenizerJson, special: SpecialTokens): TokenizerJson {
  const vocab = new Map(Object.entries((json.model.vocab ?? {}) as Record<string, unknown>));
  const added = [...json.added_tokens];
  for (const token of Object.values(special)) {
    if (token === undefined || added.some(({ content }) => content === token.content)) continue;
    const id = vocab.get(token.content);
    if (typeof id !== 'number') {
      throw new Error(
        `${folder}: the special token '${token.content}' is not in the vocabulary. Check that the files belong together.`,
      );
    }
    const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
    added.push({ id, ...flags, ...token });
  }
  return { ...json, added_tokens: added };
}

/** `\w` of Rust's regular expressions: letters and marks of any script, decimal digits, connectors, the joiners. */
const wordCharacters = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\u200c\u200d';

/**
 * Two parts in which JavaScript differs from the Rust library that the files are written for, put into words that both
 * read alike: a word of the Whitespace pre-tokenizer may be of any script, and lower case knows no final sigma.
 */
function asRustReads(json: TokenizerJson): TokenizerJson {
  const words = {
    type: 'Split',
    pattern: { Regex: `[${wordCharacters}]+|[^${wordCharacters}\\s]+` },
    behavior: 'Removed',
    invert: true,
  };
  const sigma = { type: 'Replace', pattern: { String: 'Σ' }, content: 'σ' };
  const replacing = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    const { type, normalizers, pretokenizers } = part as {
      type?: unknown;
      normalizers?: unknown;
      pretokenizers?: unknown;
    };
    if (type === 'Whitespace') return words;
    if (type === 'Lowercase') return { type: 'Sequence', normalizers: [sigma, part] };
    if (Array.isArray(normalizers)) return { ...part, normalizers: normalizers.map(replacing) };
    if (Array.isArray(pretokenizers)) return { ...part, pretokenizers: pretokenizers.map(replacing) };
    return part;
  };
  return tokenizerJson.parse({
    ...json,
    normalizer: replacing(json.normalizer),
    pre_tokenizer: replacing(json.pre_tokenizer),
  });
}

async function readJson<T>(folder: string, name: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const path = join(folder, name);
  const text = await readOptional(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path}: not valid JSON: ${cause instanceof Error ? cause.message : cause}. Download it again.`, {
      cause,
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`${path}: not a tokenizer file as transformers writes it:\n${z.prettifyError(parsed.error)}`);
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
