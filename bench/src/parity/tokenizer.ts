import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTokenizer } from '@bradley/formats';
import type { Case, RunResult } from './case.js';

/** CLIPTokenizer over the case's own vocabulary: ids of every string, padded to 77 and raw. */
export async function tokenizerCase(of: Case): Promise<RunResult[]> {
  const { strings, padded_77, raw } = of.json as unknown as {
    strings: string[];
    padded_77: number[][];
    raw: number[][];
  };
  const folder = await mkdtemp(join(tmpdir(), 'bradley-parity-'));
  try {
    for (const file of ['vocab.json', 'merges.txt'])
      await copyFile(join(of.folder, `${of.name}.${file}`), join(folder, file));
    await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(clipConfig));
    const tokenizer = await loadTokenizer(folder);
    const padded = strings.map(
      (text) => tokenizer.encode(text, { maxLength: 77, padding: 'max', truncation: true }).ids,
    );
    const plain = strings.map((text) => tokenizer.encode(text, { specialTokens: false }).ids);
    return [
      compare(`${of.name}/padded_77`, strings, padded, padded_77),
      compare(`${of.name}/raw`, strings, plain, raw),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

const clipConfig = {
  tokenizer_class: 'CLIPTokenizer',
  model_max_length: 77,
  bos_token: '<|startoftext|>',
  eos_token: '<|endoftext|>',
  unk_token: '<|endoftext|>',
  pad_token: '<|endoftext|>',
};

/** The number of strings whose ids differ. */
function compare(
  name: string,
  strings: readonly string[],
  got: readonly number[][],
  want: readonly number[][],
): RunResult {
  const wrong = strings.filter((_, i) => got[i]?.join() !== want[i]?.join());
  return {
    name,
    error: wrong.length,
    tolerance: 0,
    ...(wrong[0] === undefined ? {} : { at: JSON.stringify(wrong[0]) }),
  };
}
