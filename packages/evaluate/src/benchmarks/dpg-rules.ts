import type { DpgQuestion } from '../prompt-sets/dpg-bench.js';

/**
 * The rules of DPG-Bench. Hu et al. 2024, arXiv:2403.05135; dpg_bench/compute_dpg_bench.py of TencentQQGYLab/ELLA: a question scores 1 for yes;
 * in the order of the file, one of whose parents has 0 by then gets 0. So a zero goes down a chain only where parents come first.
 * A parent that is no question of the prompt is passed over (the authors' script leaves out the whole picture).
 * @param answers whether each question was answered with yes, in the order of the questions
 * @returns the score of each question
 */
export function dpgScores(questions: readonly DpgQuestion[], answers: readonly boolean[]): number[] {
  const scores = new Map(questions.map(({ id }, i) => [id, answers[i] ? 1 : 0]));
  for (const { id, parents } of questions) if (parents.some((parent) => scores.get(parent) === 0)) scores.set(id, 0);
  return questions.map(({ id }) => scores.get(id) as number);
}

/** Of a picture: the mean over its questions. Of a prompt: the mean over its pictures. Of the benchmark: the mean over prompts × 100. */
export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
