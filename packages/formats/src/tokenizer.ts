import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { readTokenizerFiles, type TokenizerFiles } from './tokenizer-files.js';

export interface TokenizerEncoding {
  readonly ids: number[];
  /** 1 for a token, 0 for padding. */
  readonly attentionMask: number[];
}

export interface EncodeOptions {
  /** The most ids, special tokens included. */
  readonly maxLength?: number;
  /** 'max' fills up to maxLength with the padding token. Default 'none'. */
  readonly padding?: 'max' | 'none';
  /** Cut text that is longer than maxLength (the special tokens stay). Default false: longer text is an error. */
  readonly truncation?: boolean;
  /** Put the model's start and end tokens around the text. Default true. */
  readonly specialTokens?: boolean;
}

export interface Tokenizer {
  encode(text: string, options?: EncodeOptions): TokenizerEncoding;
  /**
   * The words of a text that become the token for unknown words, or nothing at all, as they are written, each once. Words are runs of
   * letters and digits. None where the vocabulary can spell every word, as CLIP's can.
   */
  unknownWords(text: string): string[];
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly padId: number | undefined;
  /** The `model_max_length` of the folder: 77 for CLIP. */
  readonly modelMaxLength: number | undefined;
}

/**
 * The tokenizer of a folder as transformers and diffusers save it: `tokenizer.json`, or the `vocab.json` and
 * `merges.txt` of CLIP. Gives the ids that transformers gives.
 * @param padToken pads instead of what the folder says: models share CLIP's vocabulary but not what they pad with
 * @throws Error naming the file that is missing or wrong
 */
export async function loadTokenizer(
  folder: string,
  { padToken }: { readonly padToken?: string } = {},
): Promise<Tokenizer> {
  const files = await readTokenizerFiles(folder, padToken);
  const model = build(folder, files);
  const idOf = (token: string): number => {
    const id = model.token_to_id(token);
    if (id === undefined)
      throw new Error(`${folder}: the vocabulary has no token '${token}', which its own files name.`);
    return id;
  };
  const { prefix, suffix } = template(folder, model, idOf);
  const { bos, eos, pad } = files.special;
  const padId = pad && idOf(pad.content);

  const encode = (
    text: string,
    { maxLength, padding = 'none', truncation = false, specialTokens = true }: EncodeOptions = {},
  ) => {
    const { ids: words, tokens } = model.encode(text, { add_special_tokens: false }) as {
      ids: (number | undefined)[];
      tokens: string[];
    };
    const unknown = words.indexOf(undefined);
    if (unknown !== -1) {
      throw new Error(
        `${folder}: the vocabulary has neither '${tokens[unknown]}' nor a token for unknown words. Reword the text.`,
      );
    }
    const around = specialTokens ? prefix.length + suffix.length : 0;
    const length = words.length + around;
    if (maxLength !== undefined && length > maxLength && (!truncation || maxLength < around)) {
      throw new Error(
        `${folder}: the text takes ${length} tokens but at most ${maxLength} are allowed. Shorten it, or truncate.`,
      );
    }
    const kept = words.slice(0, maxLength === undefined ? undefined : maxLength - around) as number[];
    const ids = specialTokens ? [...prefix, ...kept, ...suffix] : kept;
    const attentionMask = ids.map(() => 1);
    if (padding === 'none') return { ids, attentionMask };

    if (maxLength === undefined || padId === undefined) {
      const missing = maxLength === undefined ? 'a maxLength' : 'a pad_token in tokenizer_config.json';
      throw new Error(`${folder}: padding needs ${missing}.`);
    }
    const filling = Array.from({ length: maxLength - ids.length }, () => padId);
    const unseen = filling.map(() => 0);
    return files.paddingSide === 'right'
      ? { ids: [...ids, ...filling], attentionMask: [...attentionMask, ...unseen] }
      : { ids: [...filling, ...ids], attentionMask: [...unseen, ...attentionMask] };
  };
  const unknownId = model.token_to_id(modelUnknown(files) ?? '');
  const unknownWords = (text: string): string[] => {
    const words = new Set(text.match(/[\p{L}\p{M}\p{N}]+/gu));
    return [...words].filter((word) => {
      const { ids } = model.encode(word, { add_special_tokens: false }) as { ids: (number | undefined)[] };
      return ids.length === 0 || ids.some((id) => id === undefined || id === unknownId);
    });
  };
  return {
    encode,
    unknownWords,
    bosId: bos && idOf(bos.content),
    eosId: eos && idOf(eos.content),
    padId,
    modelMaxLength: files.modelMaxLength,
  };
}

/** A word-level model takes its unknown token from the config, where the file has it in the model. */
const modelUnknown = ({ json, special }: TokenizerFiles): string | undefined =>
  (json as { model: { unk_token?: string | null } }).model.unk_token ?? special.unk?.content;

function build(folder: string, files: TokenizerFiles): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(files.json, { unk_token: modelUnknown(files) });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${folder}: tokenizer.json cannot be used: ${reason}. Save it again with a current transformers.`, {
      cause,
    });
  }
}

/** The ids that the model puts before and after a text. */
function template(folder: string, model: HuggingFaceTokenizer, idOf: (token: string) => number) {
  const text = '\u0000text';
  const tokens = model.post_processor?.post_process([text], null, true).tokens ?? [text];
  const at = tokens.indexOf(text);
  if (at === -1) throw new Error(`${folder}: the post-processor of tokenizer.json drops the text.`);
  return { prefix: tokens.slice(0, at).map(idOf), suffix: tokens.slice(at + 1).map(idOf) };
}
