import { problems } from '../source.js';
import type { ConvertReport } from './convert.js';

/** A conversion in words: what was written, and what was refused, by problem and by row. */
export function formatConversion({ from, to, path, rows, written, refused, refusals }: ConvertReport): string {
  const total = refused.reduce((sum, { count }) => sum + count, 0);
  const lines = [`${path}: ${counted(written, 'record')} as ${to}, from ${counted(rows, 'row')} of ${from}`];
  if (total === 0) return lines.join('\n');
  lines.push(`${counted(total, 'row')} refused:`);
  for (const { problem, count } of refused) lines.push(`  ${count}  ${problem}: ${problems[problem]}`);
  lines.push('', ...refusals.map(({ where, refused: reason, problem }) => `${where}: ${problem}: ${reason}`));
  if (total > refusals.length) lines.push(`… and ${total - refusals.length} more`);
  return lines.join('\n');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
