import { readJsonl } from '@bradley/formats';
import { z } from 'zod';
import type { SetPrompt } from './prompt-set.js';
import type { PromptSetKind } from './prompt-set-kind.js';

/** The six tasks, in the order of the benchmark. */
export const genEvalTasks = ['single_object', 'two_object', 'counting', 'colors', 'position', 'color_attr'] as const;
export type GenEvalTask = (typeof genEvalTasks)[number];

export const genEvalRelations = ['left of', 'right of', 'above', 'below'] as const;
export type GenEvalRelation = (typeof genEvalRelations)[number];

const clause = z.object({ class: z.string().min(1), count: z.int().positive() });
const row = z.object({
  tag: z.enum(genEvalTasks),
  prompt: z.string().min(1),
  include: z
    .array(
      clause.extend({
        color: z.string().optional(),
        /** The relation to the objects of an earlier clause, which is given by its place in the list. */
        position: z.tuple([z.enum(genEvalRelations), z.int().nonnegative()]).optional(),
      }),
    )
    .refine((clauses) => clauses.every(({ position }, i) => !position || position[1] < i), {
      error: 'a position refers to a clause before it',
    }),
  exclude: z.array(clause).default([]),
});

export interface GenEvalPrompt extends SetPrompt, Pick<z.infer<typeof row>, 'include' | 'exclude'> {
  /** The name of the benchmark's folder for its pictures: 00000 to 00552. */
  readonly id: string;
  readonly category: GenEvalTask;
}

/** GenEval: Ghosh et al. 2023, arXiv:2310.11513; prompts/evaluation_metadata.jsonl of djghosh13/geneval, 553 prompts in six tasks. */
export const geneval: PromptSetKind<GenEvalPrompt> = {
  summary: 'GenEval, by task',
  expects: 'the file prompts/evaluation_metadata.jsonl of djghosh13/geneval',
  licence: 'MIT',
  async read(path) {
    const prompts: GenEvalPrompt[] = [];
    for await (const { line, value } of readJsonl(path)) {
      const { data, error } = row.safeParse(value);
      if (!data)
        throw new Error(
          `${path}:${line}: not a row of ${geneval.expects}: ${z.prettifyError(error).replaceAll('\n', ' ')}`,
        );
      const { tag: category, prompt, include, exclude } = data;
      prompts.push({ id: String(prompts.length).padStart(5, '0'), category, prompt, include, exclude });
    }
    return prompts;
  },
};
