import * as Plot from '@observablehq/plot';
import { type Proportion, wilson } from '../intervals.js';
import { drawn } from './charts.js';
import { type Html, html } from './html.js';
import { intervalText, numberText, shareText } from './numbers.js';

/** Shares along something: each a point with the whisker of its interval. */
export interface SharePlot {
  readonly title: string;
  readonly note?: string;
  /** What stands along the axis below. */
  readonly x: string;
  /** Points of no total are left out. */
  readonly points: readonly { readonly x: number; readonly share: Proportion }[];
  /** Shares of 0.5 to 1 along the axis below too, with the line where both are equal: a reliability plot. */
  readonly diagonal?: boolean;
  /** Equal factors are equally far apart. */
  readonly logarithmic?: boolean;
}

/** Throws where there is no point. */
export function plotsSection(plots: readonly SharePlot[]): Html {
  const cards = plots.map((plot) => {
    const rows = plot.points.filter(({ share }) => share.total > 0);
    if (rows.length === 0) throw new Error(`plot "${plot.title}" has no points.`);
    return html`<article class="card"><h3>${plot.title}</h3>${plot.note && html`<p class="note">${plot.note}</p>`}
${shareChart(plot)}
<table class="shares"><thead><tr><th scope="col" class="number">${plot.x}</th><th scope="col" class="number">share</th><th scope="col" class="number">count</th><th scope="col" class="number">95 % interval</th></tr></thead><tbody>${rows.map(
      ({
        x,
        share,
      }) => html`<tr><td class="number">${plot.diagonal ? x.toFixed(3) : numberText(x)}</td><td class="number share">${shareText(share)}</td><td class="number evidence">${share.count} of ${share.total}</td><td class="number evidence">${intervalText(share)}</td></tr>
`,
    )}</tbody></table></article>
`;
  });
  return html`<section><h2>How far it can be trusted</h2><div class="cards">${cards}</div></section>
`;
}

function shareChart({ title, x, points, diagonal = false, logarithmic = false }: SharePlot): Html {
  const rows = points
    .filter(({ share }) => share.total > 0)
    .map(({ x, share }) => ({ x, y: share.count / share.total, ...wilson(share) }));
  const lowest = Math.min(0.5, ...rows.map(({ low }) => low));
  const line = { stroke: 'var(--muted)', strokeDasharray: '3 4' };
  return drawn(`${title}: shares with 95 % intervals. The numbers stand below the chart.`, {
    height: 260,
    marginLeft: 52,
    marginRight: 24,
    marginTop: 16,
    marginBottom: 46,
    x: {
      label: x,
      labelAnchor: 'center',
      labelArrow: 'none',
      labelOffset: 40,
      ...(diagonal ? { domain: [0.5, 1] } : {}),
      ...(logarithmic ? { type: 'log', ticks: rows.map((row) => row.x), tickFormat: numberText } : { ticks: 5 }),
    },
    y: {
      label: null,
      domain: [lowest, 1],
      ticks: 5,
      tickFormat: (value: number) => `${Math.round(100 * value)} %`,
      grid: true,
    },
    marks: [
      diagonal
        ? Plot.line(
            [
              [0.5, 0.5],
              [1, 1],
            ],
            line,
          )
        : Plot.ruleY([0.5], line),
      Plot.link(rows, { x1: 'x', x2: 'x', y1: 'low', y2: 'high', stroke: 'var(--after)', strokeWidth: 2 }),
      ...(diagonal ? [] : [Plot.line(rows, { x: 'x', y: 'y', stroke: 'var(--after)', strokeOpacity: 0.4 })]),
      Plot.dot(rows, { x: 'x', y: 'y', fill: 'var(--after)', r: 5, stroke: 'var(--paper)', strokeWidth: 2 }),
    ],
  });
}
