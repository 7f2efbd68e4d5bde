import { readFile } from 'node:fs/promises';
import type { SetPrompt } from './prompt-set.js';
import type { PromptSetKind } from './prompt-set-kind.js';

export interface PartiPrompt extends SetPrompt {
  readonly challenge: string;
  readonly note?: string;
}

const columns = ['Prompt', 'Category', 'Challenge', 'Note'];

/**
 * PartiPrompts: Yu et al. 2022, arXiv:2206.10789; PartiPrompts.tsv of google-research/parti, 1,632 prompts. Four columns, with tabs
 * between; quotation marks are part of the text, not of the format. Categories such as Animals, challenges such as Quantity.
 */
export const partiPrompts: PromptSetKind<PartiPrompt> = {
  summary: 'PartiPrompts, by category',
  expects: 'the file PartiPrompts.tsv of google-research/parti',
  licence: 'Apache-2.0',
  async read(path) {
    const [names = '', ...lines] = (await readFile(path, 'utf8')).replace(/^\ufeff/, '').split(/\r?\n/);
    if (names.split('\t').join() !== columns.join())
      throw new Error(
        `${path}: expected ${partiPrompts.expects}, whose first line is ${columns.join(', ')} with tabs between, ` +
          `but found ${JSON.stringify(names.slice(0, 100))}.`,
      );
    return lines.flatMap((line, i): PartiPrompt[] => {
      if (line.trim() === '') return [];
      const [prompt = '', category = '', challenge = '', note = '', ...more] = line
        .split('\t')
        .map((cell) => cell.trim());
      if (more.length > 0 || [prompt, category, challenge].includes(''))
        throw new Error(
          `${path}:${i + 2}: expected ${columns.join(', ')} with tabs between, found ${JSON.stringify(line)}.`,
        );
      return [{ prompt, category, challenge, ...(note !== '' && { note }) }];
    });
  },
};
