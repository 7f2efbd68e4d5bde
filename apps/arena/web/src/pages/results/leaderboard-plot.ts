import type { Leaderboard } from '@bradley/arena-contract';
import { axisX, dot, gridX, type PlotOptions, ruleX, ruleY, text } from '@observablehq/plot';

type Standing = Leaderboard['standings'][number];

const rowHeight = 44;

/** A line from end to end of each interval and a dot at the strength, the names above them: they may be long. */
export function leaderboardPlot(standings: readonly Standing[], width: number): PlotOptions {
  const rows = [...standings];
  const axis = { label: 'strength, in natural logarithms of the odds', ticks: Math.max(3, Math.round(width / 120)) };
  return {
    height: rows.length * rowHeight + 48,
    marginLeft: 12,
    marginRight: 12,
    marginTop: 12,
    marginBottom: 36,
    x: { nice: true },
    y: { domain: rows.map(({ name }) => name), axis: null, padding: 0.5 },
    marks: [
      gridX({ ticks: axis.ticks, stroke: 'var(--line)', strokeOpacity: 1 }),
      axisX({ ...axis, tickSize: 0 }),
      ruleX([0], { stroke: 'var(--line-strong)', strokeDasharray: '3 3' }),
      ruleY(rows, {
        y: 'name',
        x1: 'low',
        x2: 'high',
        stroke: 'var(--accent)',
        strokeWidth: 3,
        strokeOpacity: 0.45,
        dy: 8,
      }),
      dot(rows, { y: 'name', x: 'strength', r: 5, fill: 'var(--accent)', dy: 8 }),
      text(rows, {
        y: 'name',
        text: ({ name }: Standing) => shortened(name, width),
        frameAnchor: 'left',
        textAnchor: 'start',
        dy: -8,
        fill: 'var(--ink)',
        stroke: 'var(--surface)',
        strokeWidth: 4,
      }),
    ],
  };
}

/** Cut in the middle where it would not fit: what tells versions apart stands at the end. */
function shortened(name: string, width: number): string {
  const most = Math.floor(width / 7);
  if (name.length <= most) return name;
  const half = Math.floor((most - 1) / 2);
  return `${name.slice(0, half)}…${name.slice(-half)}`;
}

export const signed = (n: number): string => `${n < 0 ? '−' : '+'}${Math.abs(n).toFixed(2)}`;

/** How often one wins against another over whom its strength is larger by a gap: 1 / (1 + exp(−gap)). */
export const winChance = (gap: number): string => `${Math.round(100 / (1 + Math.exp(-gap)))} %`;
