import type { Interval } from '../intervals.js';
import { genEvalTasks } from '../prompt-sets/geneval.js';
import type { DpgBenchResult } from './dpg-bench.js';
import type { GenEvalResult } from './geneval.js';

const decimals = (value: number, digits: number): string => value.toFixed(digits);
const within = ({ low, high }: Interval, digits: number): string =>
  `${decimals(low, digits)}–${decimals(high, digits)}`;

/** Lines in columns. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)), []);
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A result of GenEval for people. */
export function formatGenEval({ benchmark, detector, tasks, overall, promptsWithoutImages }: GenEvalResult): string {
  const present = genEvalTasks.flatMap((task) => (tasks[task] ? [[task, tasks[task]] as const] : []));
  const rows = present.map(([task, { score, interval, correct, images, prompts }]) => [
    task,
    decimals(score, 4),
    within(interval, 4),
    `${correct} of ${images} pictures of ${prompts} prompts`,
  ]);
  const all = present.length === genEvalTasks.length;
  const mean = all ? 'mean of the six tasks' : `mean of ${present.length} of the six tasks: not GenEval's number`;
  return [
    `${benchmark}, over ${detector}`,
    columns([
      ['task', 'score', '95 %', 'correct'],
      ...rows,
      ['overall', decimals(overall.score, 4), within(overall.interval, 4), mean],
    ]),
    ...missing(promptsWithoutImages),
  ].join('\n');
}

/** A result of DPG-Bench for people. */
export function formatDpgBench(result: DpgBenchResult): string {
  const { benchmark, vqa, score, interval, images, prompts, categories, promptsWithoutImages } = result;
  const broad = Object.entries(categories).filter(([name]) => !name.includes('-'));
  return [
    `${benchmark}, answers by ${vqa}`,
    columns([
      ['', 'score', '95 %', 'of'],
      ['overall', decimals(score, 2), within(interval, 2), `${prompts.length} prompts, ${images} pictures`],
      ...broad.map(([name, { score, answers }]) => [
        name,
        decimals(score, 2),
        '',
        `${answers} answers, parents disregarded`,
      ]),
    ]),
    ...missing(promptsWithoutImages),
  ].join('\n');
}

const missing = (prompts: number): string[] =>
  prompts === 0 ? [] : [`Left out, having no pictures: ${prompts} of the prompts.`];
