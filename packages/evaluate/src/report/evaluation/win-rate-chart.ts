import * as Plot from '@observablehq/plot';
import type { Interval } from '../../intervals.js';
import type { Leaderboard } from '../../ranking/leaderboard.js';
import type { ContestantDrift, JudgeResult } from '../../win-rates/evaluation.js';
import { drawn } from '../charts.js';
import type { Html } from '../html.js';

const whisker = { strokeWidth: 3, strokeLinecap: 'round', dy: 6 } as const;
const point = { r: 6, stroke: 'var(--paper)', strokeWidth: 2, dy: 6 } as const;

/** A dot and whisker a judge on a scale of 0 to 100 %, the primary judge in colour. */
export function winRateChart(contestant: string, judges: readonly JudgeResult[]): Html {
  const rows = judges.flatMap(({ judge, primary, comparisons }) => {
    const rate = comparisons.find((of) => of.contestant === contestant)?.winRate;
    return rate ? [{ label: judge.name, primary, share: rate.rate, interval: rate.interval }] : [];
  });
  const drawnRows = rows.map(({ label, primary, share, interval }, row) => ({
    label: `${label}${primary ? ' (primary)' : ''} ${(100 * share).toFixed(0)} %`,
    role: primary ? 'after' : 'before',
    row,
    share: 100 * share,
    low: 100 * interval.low,
    high: 100 * interval.high,
  }));
  const color = ({ role }: { readonly role: string }) => `var(--${role})`;
  // A label is centred over its dot unless that would cut it off: about 6.5 pixels a letter, 4.3 pixels a per cent.
  const inFrame = ({ share, label }: { readonly share: number; readonly label: string }) => {
    const half = (label.length * 6.5) / 4.3 / 2;
    return Math.max(half, Math.min(100 - half, share));
  };
  return drawn(`${contestant}: win rates with 95 % intervals by judge. The numbers stand below the chart.`, {
    height: 62 + 40 * drawnRows.length,
    marginLeft: 8,
    marginRight: 20,
    marginTop: 26,
    marginBottom: 30,
    x: { domain: [0, 100], ticks: 5, label: null, tickFormat: (value: number) => `${value} %`, grid: true },
    y: { domain: [drawnRows.length - 0.3, -0.4], axis: null },
    marks: [
      Plot.ruleX([50], { stroke: 'var(--muted)', strokeDasharray: '3 4' }),
      Plot.text(['no change'], { x: 50, frameAnchor: 'top', dy: -18, fill: 'var(--muted)' }),
      Plot.link(drawnRows, { x1: 'low', x2: 'high', y1: 'row', y2: 'row', stroke: color, ...whisker }),
      Plot.dot(drawnRows, { x: 'share', y: 'row', fill: color, ...point }),
      Plot.text(drawnRows, {
        x: inFrame,
        y: 'row',
        text: 'label',
        fill: 'currentColor',
        stroke: 'var(--paper)',
        strokeWidth: 5,
        dy: -10,
      }),
    ],
  });
}

/** Strengths with intervals, best above. */
export function leaderboardChart(judge: string, standings: Leaderboard['standings']): Html {
  const rows = standings.map(({ name, strength, interval }, row) => ({ name, strength, ...interval, row }));
  const [low, high] = [Math.min(0, ...rows.map((row) => row.low)), Math.max(0, ...rows.map((row) => row.high))];
  const room = (high - low) * 0.02;
  // As above: a name is centred over its dot unless that would cut it off, at 6.5 pixels a letter of 432.
  const inFrame = ({ strength, name }: { readonly strength: number; readonly name: string }) => {
    const half = ((name.length * 6.5) / 432 / 2) * (high - low);
    return Math.max(low + half, Math.min(high - half, strength));
  };
  return drawn(`${judge}: Bradley–Terry strengths with 95 % intervals. The numbers stand below the chart.`, {
    height: 52 + 40 * rows.length,
    marginLeft: 8,
    marginRight: 20,
    marginTop: 8,
    marginBottom: 40,
    x: { domain: [low - room, high + room], ticks: 5, label: 'strength', labelOffset: 36, grid: true },
    y: { domain: [rows.length - 0.3, -0.4], axis: null },
    marks: [
      Plot.ruleX([0], { stroke: 'var(--muted)', strokeDasharray: '3 4' }),
      Plot.link(rows, { x1: 'low', x2: 'high', y1: 'row', y2: 'row', stroke: 'var(--after)', ...whisker }),
      Plot.dot(rows, { x: 'strength', y: 'row', fill: 'var(--after)', ...point }),
      Plot.text(rows, {
        x: inFrame,
        y: 'row',
        text: 'name',
        fill: 'currentColor',
        stroke: 'var(--paper)',
        strokeWidth: 5,
        dy: -10,
      }),
    ],
  });
}

/** Win rates of checkpoints by their step: the teacher's and the held-out judge's, with what lies between them. */
export function driftChart(drifts: readonly (ContestantDrift & { readonly step: number })[]): Html {
  const points = drifts.map(({ step, taught, heldOut }) => ({ step, taught: 100 * taught, heldOut: 100 * heldOut }));
  const line = (y: 'taught' | 'heldOut', stroke: string, strokeDasharray: string) => [
    Plot.line(points, { x: 'step', y, stroke, strokeWidth: 2.5, strokeDasharray }),
    Plot.dot(points, { x: 'step', y, fill: stroke, r: 4 }),
    Plot.text(points.slice(-1), {
      x: 'step',
      y,
      text: () => (y === 'taught' ? 'teacher' : 'held-out judge'),
      textAnchor: 'end',
      dy: y === 'taught' ? -12 : 14,
      fill: 'currentColor',
      stroke: 'var(--paper)',
      strokeWidth: 5,
    }),
  ];
  return drawn('Win rates by the teacher and by the held-out judge along the run. The numbers stand below the chart.', {
    height: 260,
    marginLeft: 52,
    marginRight: 24,
    marginTop: 20,
    marginBottom: 46,
    x: { label: 'step', labelOffset: 42, ticks: 5 },
    y: { label: null, ticks: 5, tickFormat: (value: number) => `${value} %`, grid: true, nice: true },
    marks: [
      Plot.ruleY([50], { stroke: 'var(--muted)', strokeDasharray: '3 4' }),
      ...line('taught', 'var(--baseline)', '6 4'),
      ...line('heldOut', 'var(--after)', 'none'),
    ],
  });
}

/** "57–71 %" */
export function rangeText({ low, high }: Interval): string {
  return `${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)} %`;
}
