import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SetPrompt } from './prompt-set.js';
import type { PromptSetKind } from './prompt-set-kind.js';

export const t2iCompBenchCategories = [
  'color',
  'shape',
  'texture',
  'spatial',
  '3d_spatial',
  'non_spatial',
  'numeracy',
  'complex',
] as const;
export type T2iCompBenchCategory = (typeof t2iCompBenchCategories)[number];

/** What a complex prompt asks for beside attributes; it decides which scores are averaged. */
export type Complexity = 'spatial' | 'action' | 'both';

export interface T2iCompBenchPrompt extends SetPrompt {
  readonly id: string;
  readonly category: T2iCompBenchCategory;
  readonly complexity?: Complexity;
}

/**
 * T2I-CompBench and T2I-CompBench++: Huang et al. 2023, arXiv:2307.06350; the validation prompts in examples/dataset of
 * Karine-Huang/T2I-CompBench, a prompt a line in a file for each category. Complex prompts that are in complex_val_spatial.txt or
 * complex_val_action.txt ask for that one relation, the rest for both.
 */
export const t2iCompBench: PromptSetKind<T2iCompBenchPrompt> = {
  summary: 'the validation prompts of T2I-CompBench, by category',
  expects:
    'the folder examples/dataset of Karine-Huang/T2I-CompBench, or one with some of its files such as color_val.txt',
  licence: 'MIT',
  async read(folder) {
    const files = new Set(await readdir(folder));
    const found = t2iCompBenchCategories.filter((category) => files.has(`${category}_val.txt`));
    if (found.length === 0)
      throw new Error(
        `${folder}: expected ${t2iCompBench.expects}, but none of ` +
          `${t2iCompBenchCategories.map((category) => `${category}_val.txt`).join(', ')} is there.`,
      );
    const complexity = found.includes('complex') ? await readComplexity(folder, files) : null;
    const sets = found.map(async (category) =>
      (await readLines(join(folder, `${category}_val.txt`))).map(
        (prompt, i): T2iCompBenchPrompt => ({
          id: `${category}/${String(i).padStart(6, '0')}`,
          category,
          prompt,
          ...(category === 'complex' && complexity && { complexity: complexity.get(bare(prompt)) ?? 'both' }),
        }),
      ),
    );
    return (await Promise.all(sets)).flat();
  },
};

async function readComplexity(folder: string, files: ReadonlySet<string>): Promise<Map<string, Complexity>> {
  const kinds = new Map<string, Complexity>();
  for (const kind of ['action', 'spatial'] as const) {
    const name = `complex_val_${kind}.txt`;
    if (!files.has(name))
      throw new Error(
        `${join(folder, name)} is not there: complex_val.txt needs it to say which relations its prompts have.`,
      );
    for (const prompt of await readLines(join(folder, name))) kinds.set(bare(prompt), kind);
  }
  return kinds;
}

/** As the benchmark compares prompts: up to the first full stop, in lower case. */
const bare = (prompt: string): string => (prompt.split('.')[0] as string).toLowerCase();

async function readLines(path: string): Promise<string[]> {
  const lines = (await readFile(path, 'utf8')).replace(/^\ufeff/, '').split('\n');
  const prompts = lines.map((line) => line.trim()).filter((line) => line !== '');
  if (prompts.length === 0) throw new Error(`${path}: expected a prompt a line, but there is none.`);
  return prompts;
}
