import type { ScoredPictures } from './score-pictures.js';

const shown = 20;

/** The first pictures with their scores in columns, and the mean of all. */
export function formatScores({ scorers, pictures }: ScoredPictures): string {
  const rows = [
    ['picture', ...scorers.map(({ name }) => name), 'prompt'],
    ...pictures
      .slice(0, shown)
      .map(({ file, prompt, scores }) => [
        file,
        ...scorers.map(({ name }) => number(scores[name] as number)),
        short(prompt),
      ]),
    ...(pictures.length > shown ? [[`… ${pictures.length - shown} more`]] : []),
    [`mean of ${pictures.length}`, ...scorers.map(({ mean }) => number(mean))],
  ];
  return alignColumns(rows, scorers.length);
}

/** Columns of one width each; those after the first, as many as `numbers`, to the right. */
export function alignColumns(rows: readonly (readonly string[])[], numbers = 0): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const cell = (text: string, i: number): string =>
    i > 0 && i <= numbers ? text.padStart(widths[i] as number) : text.padEnd(widths[i] as number);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

const number = (value: number): string => value.toFixed(4);
const short = (text: string): string => (text.length > 48 ? `${text.slice(0, 47)}…` : text).replace(/\s+/g, ' ');
