import { aspectTolerance } from './aspect.js';
import type { CheckReport, Count } from './check.js';
import { problems } from './source.js';

/** At most this many findings are printed; the report itself has more. */
const printed = 20;

const shapesApart = `aspect ratios differ by more than a factor of ${aspectTolerance}`;

/** A check for people: what is there, what is wrong, and where. */
export function formatCheck(report: CheckReport): string {
  const { rows, records, sound, findings } = report;
  const found = report.problems.reduce((sum, { count }) => sum + count, 0);
  const facts: (readonly [string, string])[] = [
    ['rows', `${rows}: ${records} records, ${rows - records} refused, ${sound} with nothing wrong`],
    ['outcomes', list(report.outcomes)],
    ['prompts', String(report.prompts)],
    ['images', report.sizes.length > 0 ? `${report.images} different: ${list(report.sizes)}` : String(report.images)],
    ...(report.differingAspects > 0
      ? [['shapes', `${report.differingAspects} records have images whose ${shapesApart}`] as const]
      : []),
    ['models', list(report.models)],
    ['questions', list(report.questions)],
    ['raters', String(report.raters)],
  ];
  const shown = findings.slice(0, printed).map(({ where, problem, message }) => `  ${where}: ${problem}: ${message}`);
  const more = found - shown.length;
  return [
    `${report.path} (${report.format})`,
    ...facts.map(([name, text]) => `  ${`${name}:`.padEnd(11)}${text || 'none'}`),
    '',
    ...(found === 0 ? ['Nothing is wrong.'] : [`${found} ${found === 1 ? 'problem' : 'problems'}:`]),
    ...report.problems.map(({ name, count }) => `  ${String(count).padStart(6)}  ${name}: ${problems[name]}`),
    ...(shown.length > 0 ? ['', ...shown] : []),
    ...(more > 0 ? [`  … and ${more} more`] : []),
    '',
  ].join('\n');
}

/** "noto 812, twemoji 640, … 3 more" */
function list(counts: readonly Count[]): string {
  const first = counts.slice(0, 8).map(({ name, count }) => `${name} ${count}`);
  return [...first, ...(counts.length > 8 ? [`… ${counts.length - 8} more`] : [])].join(', ');
}
