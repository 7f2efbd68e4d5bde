import { type Problem, problems } from '../source.js';
import { type ImportRecord, progressOf } from './imports.js';

const printed = 20;

/** What became of an import, for people. */
export function formatImport(done: ImportRecord): string {
  const { name, format, status, remote, refusals } = done;
  const { read, added, known, refused } = progressOf(done);
  const lines = [
    `${name} (${format}): ${read} rows read, ${added} added, ${known} known already, ${refused} refused` +
      `${status === 'finished' ? '' : `; ${status}: the same command goes on from here`}`,
  ];
  if (remote > 0)
    lines.push(
      `${remote} candidates are addresses on the network: they were kept as they are, and nothing was fetched.`,
    );
  for (const [problem, count] of Object.entries(done.problems))
    lines.push(`  ${count}  ${problem}: ${problems[problem as Problem] ?? ''}`);
  if (refusals.length > 0) lines.push('');
  for (const { where, problem, refused: reason } of refusals.slice(0, printed))
    lines.push(`${where}: ${problem}: ${reason}`);
  if (refused > printed) lines.push(`… and ${refused - printed} more; --json has the first ${refusals.length}`);
  return lines.join('\n');
}
