import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { PromptSetKind } from './prompt-set-kind.js';

export const hpsv2Styles = ['anime', 'concept-art', 'paintings', 'photo'] as const;

const list = z.array(z.string().trim().min(1)).min(1);

/**
 * The benchmark prompts of HPS v2: Wu et al. 2023, arXiv:2306.09341; the folder `benchmark` of the dataset zhwang/HPDv2: a JSON list of
 * 800 prompts for each of four styles. A prompt's id is the name that the benchmark gives its picture: `anime/00000`.
 */
export const hpsv2: PromptSetKind = {
  summary: 'the HPS v2 benchmark, by style',
  expects: `a folder with ${hpsv2Styles.map((style) => `${style}.json`).join(', ')}, as in zhwang/HPDv2 on the hub`,
  licence: 'Apache-2.0',
  async read(folder) {
    const lists = hpsv2Styles.map(async (style) => {
      const path = join(folder, `${style}.json`);
      return (await readList(path)).map((prompt, i) => ({
        prompt,
        category: style,
        id: `${style}/${String(i).padStart(5, '0')}`,
      }));
    });
    return (await Promise.all(lists)).flat();
  },
};

async function readList(path: string): Promise<string[]> {
  try {
    return list.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll('\n', ' ') : String(cause);
    throw new Error(`${path}: expected a JSON list of prompts; ${hpsv2.expects}. ${reason}`, { cause });
  }
}
