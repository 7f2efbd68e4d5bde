import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readCsvRows } from '@bradley/preferences';
import { z } from 'zod';
import type { SetPrompt } from './prompt-set.js';
import type { PromptSetKind } from './prompt-set-kind.js';

export interface DpgQuestion {
  /** Its number within the prompt, from 1. */
  readonly id: number;
  readonly question: string;
  /** The questions that must be answered with yes for this one to count. Empty for none. */
  readonly parents: readonly number[];
  /** Such as 'entity' … */
  readonly category: string;
  /** … and 'entity - whole'. */
  readonly detailedCategory: string;
}

export interface DpgPrompt extends SetPrompt {
  /** The name of its text file, and of its picture. */
  readonly id: string;
  /** In the order of the file. */
  readonly questions: readonly DpgQuestion[];
}

const wholeNumber = z.string().trim().regex(/^\d+$/, 'expected a whole number').transform(Number);
const row = z.looseObject({
  item_id: z.string().trim().min(1),
  text: z.string().trim().min(1),
  proposition_id: wholeNumber,
  dependency: z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(wholeNumber)),
  tuple: z.string().min(1),
  question_natural_language: z.string().trim().min(1),
});

/**
 * DPG-Bench: Hu et al. 2024, arXiv:2403.05135; the folder dpg_bench of TencentQQGYLab/ELLA: dpg_bench.csv with a question a row, and
 * prompts/<item_id>.txt, 1,065 of them. Where the folder of prompts is there, it is what pictures are made from; else the CSV's own
 * column `text` is. Every row counts, the first too, which the authors' script passes over.
 */
export const dpgBench: PromptSetKind<DpgPrompt> = {
  summary: 'DPG-Bench, with its questions',
  expects: 'the folder dpg_bench of TencentQQGYLab/ELLA, with dpg_bench.csv and prompts/, or the CSV alone',
  licence: 'Apache-2.0',
  async read(path) {
    const isFolder = (await stat(path)).isDirectory();
    const csv = isFolder ? join(path, 'dpg_bench.csv') : path;
    const prompts = await readQuestions(csv);
    const texts = join(path, 'prompts');
    if (!isFolder || !(await stat(texts).catch(() => null))?.isDirectory()) return prompts;
    return Promise.all(
      prompts.map(async (prompt) => {
        const text = (await readFile(join(texts, `${prompt.id}.txt`), 'utf8')).trim();
        if (text === '') throw new Error(`${join(texts, `${prompt.id}.txt`)}: expected a prompt, but it is empty.`);
        return { ...prompt, prompt: text };
      }),
    );
  },
};

async function readQuestions(csv: string): Promise<DpgPrompt[]> {
  const prompts = new Map<string, { prompt: string; questions: DpgQuestion[] }>();
  for await (const read of readCsvRows(csv)) {
    if ('refused' in read) throw new Error(`${read.where}: ${read.refused}`);
    const { data, error } = row.safeParse(read.value);
    if (!data)
      throw new Error(
        `${read.where}: not a row of ${dpgBench.expects}: ${z.prettifyError(error).replaceAll('\n', ' ')}`,
      );
    const questions = prompts.get(data.item_id)?.questions ?? [];
    if (questions.some(({ id }) => id === data.proposition_id))
      throw new Error(`${read.where}: the question ${data.proposition_id} of ${data.item_id} is there twice.`);
    const detailedCategory = (data.tuple.split('(')[0] as string).trim();
    questions.push({
      id: data.proposition_id,
      question: data.question_natural_language,
      parents: data.dependency.filter((id) => id !== 0),
      category: (detailedCategory.split('-')[0] as string).trim(),
      detailedCategory,
    });
    prompts.set(data.item_id, { prompt: data.text, questions });
  }
  return [...prompts].map(([id, { prompt, questions }]) => ({ id, prompt, questions }));
}
