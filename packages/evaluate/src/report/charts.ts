import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type Proportion, wilson } from '../intervals.js';
import { type Html, trusted } from './html.js';
import { numberText, shareText } from './numbers.js';
import type { Curve, Figure } from './report.js';

/** Charts are drawn at this width in pixels and scaled to their column, which is 300 to 560 wide. */
const width = 460;

/** At most this many points are drawn: the lowest and highest of each stretch of a longer curve. */
const maxPoints = 600;

type Point = Curve['points'][number];

/** One row of a figure: a label, a proportion, and how it is drawn. */
export interface FigureRow {
  readonly label: string;
  readonly proportion: Proportion;
  readonly role: 'before' | 'baseline' | 'after';
}

export function figureRows({ before, baseline, baselineName = 'Baseline', after }: Figure): FigureRow[] {
  return [
    ...(before ? [{ label: 'Before', proportion: before, role: 'before' as const }] : []),
    ...(baseline ? [{ label: baselineName, proportion: baseline, role: 'baseline' as const }] : []),
    ...(after ? [{ label: 'After', proportion: after, role: 'after' as const }] : []),
  ];
}

/** A dot for each proportion with a whisker for its interval, over 0 to 100 %. */
export function figureChart(figure: Figure): Html {
  const rows = figureRows(figure).map(({ label, proportion, role }, row) => ({
    label: `${label} ${shareText(proportion)}`,
    role,
    row,
    share: (100 * proportion.count) / Math.max(1, proportion.total),
    low: 100 * wilson(proportion).low,
    high: 100 * wilson(proportion).high,
  }));
  const color = ({ role }: { role: FigureRow['role'] }) => `var(--${role})`;
  // A label is centred over its dot unless that would cut it off: about 6.5 pixels a letter, 4.3 pixels a per cent.
  const inFrame = ({ share, label }: { share: number; label: string }) => {
    const half = (label.length * 6.5) / 4.3 / 2;
    return Math.max(half, Math.min(100 - half, share));
  };
  const { reference } = figure;
  return drawn(`${figure.name}: shares with 95 % intervals. The numbers stand below the chart.`, {
    height: 44 + 40 * rows.length + (reference ? 16 : 0),
    marginLeft: 8,
    marginRight: 20,
    marginTop: reference ? 24 : 8,
    marginBottom: 30,
    x: { domain: [0, 100], ticks: 5, label: null, tickFormat: (value: number) => `${value} %`, grid: true },
    y: { domain: [rows.length - 0.3, -0.4], axis: null },
    marks: [
      ...(reference
        ? [
            Plot.ruleX([100 * reference.value], { stroke: 'var(--muted)', strokeDasharray: '3 4' }),
            Plot.text([reference.label], {
              x: 100 * reference.value,
              frameAnchor: 'top',
              dy: -17,
              fill: 'var(--muted)',
            }),
          ]
        : []),
      Plot.link(rows, {
        x1: 'low',
        x2: 'high',
        y1: 'row',
        y2: 'row',
        stroke: color,
        strokeWidth: 3,
        strokeLinecap: 'round',
        dy: 6,
      }),
      Plot.dot(rows, { x: 'share', y: 'row', fill: color, r: 6, stroke: 'var(--paper)', strokeWidth: 2, dy: 6 }),
      Plot.text(rows, { x: inFrame, y: 'row', text: 'label', fill: 'currentColor', stroke: 'var(--paper)', dy: -10 }),
    ],
  });
}

/** The points faintly, their moving average over them, and the reference as a dashed line. */
export function curveChart({ title, points, smoothing, reference }: Curve): Html {
  const finite = points.filter(({ value }) => Number.isFinite(value));
  const raw = thinned(finite);
  const smooth = smoothing ? thinned(movingAverage(finite, smoothing)) : [];
  return drawn(`${title} by step. The numbers stand below the chart.`, {
    height: 240,
    marginLeft: 52,
    marginRight: 16,
    marginTop: 16,
    marginBottom: 46,
    x: { label: 'step', labelOffset: 42, ticks: 5, tickFormat: (value: number) => value.toLocaleString('en-US') },
    y: { label: null, ticks: 5, tickFormat: numberText, grid: true, nice: true },
    marks: [
      ...(reference ? [Plot.ruleY([reference.value], { stroke: 'var(--muted)', strokeDasharray: '3 4' })] : []),
      Plot.line(raw, {
        x: 'step',
        y: 'value',
        stroke: 'var(--after)',
        strokeWidth: smoothing ? 1 : 2,
        strokeOpacity: smoothing ? 0.3 : 1,
      }),
      ...(smoothing ? [Plot.line(smooth, { x: 'step', y: 'value', stroke: 'var(--after)', strokeWidth: 2.5 })] : []),
      ...(reference
        ? [
            Plot.text([reference.label], {
              y: reference.value,
              frameAnchor: 'right',
              textAnchor: 'end',
              dy: -9,
              fill: 'currentColor',
              stroke: 'var(--paper)',
              strokeWidth: 5,
            }),
          ]
        : []),
    ],
  });
}

/** The exponential moving average, corrected for its start as Adam's moments are, so that it begins at the first value. */
export function movingAverage(points: readonly Point[], weight: number): Point[] {
  if (!(weight >= 0 && weight < 1)) throw new Error(`smoothing must be at least 0 and below 1, found ${weight}.`);
  let sum = 0;
  return points.map(({ step, value }, i) => {
    sum = weight * sum + (1 - weight) * value;
    return { step, value: sum / (1 - weight ** (i + 1)) };
  });
}

/** The points, or the lowest and highest of each stretch where there are too many, so that no spike is lost. */
export function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= maxPoints) return points;
  const stretch = Math.ceil((2 * points.length) / maxPoints);
  const kept: Point[] = [];
  for (let start = 0; start < points.length; start += stretch) {
    const byValue = points.slice(start, start + stretch).sort((a, b) => a.value - b.value);
    const ends = [byValue[0], byValue.at(-1)].filter((point) => point !== undefined);
    kept.push(...(byValue.length > 1 ? ends.sort((a, b) => a.step - b.step) : ends.slice(0, 1)));
  }
  return kept;
}

/** The chart as static SVG. Plot names its style's class at random unless told. */
export function drawn(label: string, options: Plot.PlotOptions): Html {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({ width, className: 'chart', ariaLabel: label, ...options, document });
  svg.setAttribute('role', 'img');
  for (const style of svg.querySelectorAll('style')) style.remove();
  // What is inside of an image has no role, and so may have no name; nor is it read.
  for (const mark of svg.querySelectorAll('g')) mark.removeAttribute('aria-label');
  return trusted(svg.toString());
}
