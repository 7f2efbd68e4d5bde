import { driftLevels, type Evaluation, type JudgeResult, neededText } from '@bradley/evaluate';

/** An evaluation as text for people: a table a judge, then what is concluded. */
export function formatEvaluation({ base, judges, drifts, diversity, contestants }: Evaluation): string {
  const lines = judges.flatMap((of) => [...judgeLines(of, base), '']);
  if (contestants.length > 2 && judges[0]) lines.push(...leaderboardLines(judges[0]), '');
  for (const { contestant, mean, ofBase } of diversity?.of ?? [])
    lines.push(
      `diversity of ${contestant}: ${mean.toPrecision(3)}${ofBase ? `, ${percent(ofBase.ratio)} of the base's (${range(ofBase.interval)})` : ''}`,
    );
  if (diversity) lines.push(`  (${diversity.measure})`, '');
  for (const { contestant, teacher, heldOutJudge, taught, heldOut, difference, level } of drifts)
    lines.push(
      `drift of ${contestant}: ${level}. ${percent(taught)} by its teacher ${teacher}, ${percent(heldOut)} by ${heldOutJudge}: ` +
        `${points(difference.value)} points apart (${points(difference.interval.low)} to ${points(difference.interval.high)}); ${driftLevels[level]}`,
    );
  if (drifts.length > 0) lines.push('');
  for (const { contestant, conclusion, winRate } of judges[0]?.comparisons ?? []) {
    lines.push(
      `${contestant} over ${base}, by ${judges[0]?.judge.name}: ${conclusion.kind.toUpperCase()}`,
      `  ${conclusion.because}`,
    );
    const needed = neededText(conclusion, winRate?.prompts ?? 0);
    if (needed) lines.push(`  ${needed}`);
    for (const unchecked of conclusion.unchecked) lines.push(`  could not be checked: ${unchecked}`);
  }
  if (judges.length > 1)
    lines.push(
      `${judges.length} judges are ${judges.length} tests; the first was the primary one, and its word is the result.`,
    );
  return lines.join('\n');
}

function judgeLines({ judge, primary, comparisons }: JudgeResult, base: string): string[] {
  const rows = comparisons.map(({ contestant, winRate, conclusion }) => {
    if (!winRate) return [contestant, '–', '', '', '', conclusion.kind];
    const { rate, interval, wins, ties, losses, signTest } = winRate;
    const p = signTest < 0.001 ? '< 0.001' : signTest.toFixed(3);
    return [contestant, percent(rate), range(interval), `${wins}/${ties}/${losses}`, p, conclusion.kind];
  });
  const head = [
    `${judge.name}${primary ? ' (primary)' : ''}`,
    `over ${base}`,
    '95 % interval',
    'won/tied/lost',
    'sign test',
    'says',
  ];
  return columns([head, ...rows]);
}

function leaderboardLines({ judge, leaderboard }: JudgeResult): string[] {
  const rows = leaderboard.map(({ name, strength, interval }) => [
    name,
    strength.toFixed(2),
    `${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}`,
  ]);
  return columns([[`leaderboard by ${judge.name}`, 'strength', '95 % interval'], ...rows]);
}

/** Cells in columns, two spaces between. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const points = (share: number): string => (100 * share).toFixed(1);
const range = ({ low, high }: { readonly low: number; readonly high: number }): string =>
  `${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)} %`;
