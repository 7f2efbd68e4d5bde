import { writeFileAtomic } from '@bradley/formats';
import type { RangeFinding, SweepPoint } from '@bradley/train';
import * as Plot from '@observablehq/plot';
import { drawn } from './charts.js';
import { type Html, html } from './html.js';
import { numberText } from './numbers.js';
import { renderPage } from './page.js';
import type { Shown } from './report.js';
import { settingsSection, tableSection } from './sections.js';

/** What a learning-rate range test has to tell. */
export interface RangeReport {
  /** The untouched model first, at no rate. */
  readonly points: readonly SweepPoint[];
  readonly finding: RangeFinding;
  readonly rule: string;
  readonly settings: Readonly<Record<string, Shown>>;
}

/** Writes `renderLearningRateRange` to a file, whole or not at all. */
export async function writeLearningRateRange(path: string, report: RangeReport): Promise<void> {
  await writeFileAtomic(path, renderLearningRateRange(report));
}

/** A page of the loss by learning rate, with the suggestion and its rule; it needs nothing else and loads nothing. */
export function renderLearningRateRange({ points, finding, rule, settings }: RangeReport): string {
  const { suggestion, steepest, edge, smoothed } = finding;
  const rows = points.map(({ learningRate, loss, chosenRise }, i) => [
    learningRate === 0 ? 'untouched' : rate(learningRate),
    numberText(loss),
    numberText(smoothed[i] ?? Number.NaN),
    chosenRise === null ? '–' : `${(100 * chosenRise).toFixed(2)} %`,
  ]);
  return renderPage({
    title: 'Learning-rate range test',
    body: html`<main>
<header><h1>Learning-rate range test</h1>
<p>${suggestion === null ? 'The loss did not fall by as much as can be seen: there is nothing to suggest.' : `Begin with ${rate(suggestion)}.`}</p>
<dl class="tiles">${[
      tile('Suggestion', suggestion),
      tile('Steepest fall', steepest),
      tile('Worse than untouched from', edge),
    ]}</dl></header>
<section><h2>Loss by learning rate</h2><p class="note">${rule} A start, not an optimum: a run is longer than this sweep.</p>
<div class="card" style="max-width: 640px">${rangeChart(points, finding)}</div></section>
${tableSection({ title: 'Numbers', columns: ['learning rate', 'loss', 'smoothed', 'chosen pictures’ error'], rows })}
${settingsSection(settings)}
</main>
<footer>Written by Bradley.</footer>`,
  });
}

const rate = (value: number): string => value.toExponential(1);

const tile = (label: string, value: number | null): Html =>
  html`<div class="tile"><dt>${label}</dt><dd><div class="value">${value === null ? '–' : rate(value)}</div></dd></div>
`;

/** The loss faintly and smoothed, over the logarithm of the rate; where it runs away it is cut off, so that its fall is seen. */
function rangeChart(points: readonly SweepPoint[], { suggestion, edge, smoothed }: RangeFinding): Html {
  const start = points[0]?.loss ?? Number.NaN;
  const lowest = Math.min(...points.map(({ loss }) => loss).filter(Number.isFinite));
  const highest = start + 3 * Math.max(start - lowest, 0.03 * Math.abs(start));
  const swept = points
    .map(({ learningRate, loss }, i) => ({ learningRate, loss, smooth: smoothed[i] as number }))
    .filter(({ learningRate, smooth, loss }) => learningRate > 0 && smooth <= highest && loss <= highest);
  const marks = [
    { at: suggestion, label: 'suggestion', stroke: 'var(--after)' },
    { at: edge, label: 'worse', stroke: 'var(--baseline)' },
  ].flatMap(({ at, ...mark }) => (at === null ? [] : [{ at, ...mark }]));
  return drawn('Loss by learning rate. The numbers stand below the chart.', {
    height: 280,
    marginLeft: 56,
    marginRight: 20,
    marginTop: 26,
    marginBottom: 46,
    x: { type: 'log', label: 'learning rate', labelOffset: 42, tickFormat: (value: number) => rate(value), ticks: 5 },
    y: { label: null, ticks: 5, tickFormat: numberText, grid: true, nice: true },
    marks: [
      Plot.ruleY([start], { stroke: 'var(--muted)', strokeDasharray: '3 4' }),
      ...marks.flatMap(({ at, label, stroke }) => [
        Plot.ruleX([at], { stroke, strokeWidth: 1.5 }),
        Plot.text([label], { x: at, frameAnchor: 'top', dy: -16, fill: stroke }),
      ]),
      Plot.line(swept, { x: 'learningRate', y: 'loss', stroke: 'var(--after)', strokeOpacity: 0.35 }),
      Plot.line(swept, { x: 'learningRate', y: 'smooth', stroke: 'var(--after)', strokeWidth: 2.5 }),
    ],
  });
}
