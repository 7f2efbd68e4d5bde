import { curveChart, figureChart, figureRows, movingAverage } from './charts.js';
import { type Html, html } from './html.js';
import { intervalText, numberText, shareText, shown } from './numbers.js';
import type { Curve, Figure, Report, Shown, Table } from './report.js';

/** The table beside a curve has at most about this many rows, evenly spaced, the last one included. */
const tableRows = 40;

export function summarySection({ title, summary }: Report): Html {
  const tiles = (summary.figures ?? []).map(
    ({ label, value, note }) => html`<div class="tile"><dt>${label}</dt><dd><div class="value">${shown(value)}</div>${
      note && html`<div class="note">${note}</div>`
    }</dd></div>
`,
  );
  return html`<header><h1>${title}</h1>
${summary.sentences.map((sentence) => html`<p>${sentence}</p>`)}
${tiles.length > 0 ? html`<dl class="tiles">${tiles}</dl>` : undefined}</header>
`;
}

export function figuresSection(figures: readonly Figure[]): Html {
  const cards = figures.map((figure) => {
    const rows = figureRows(figure);
    if (rows.length === 0) throw new Error(`figure "${figure.name}" has neither before, after nor baseline.`);
    return html`<article class="card"><h3>${figure.name}</h3><p class="note">${figure.note}</p>
${figureChart(figure)}
<table class="shares"><thead><tr><td></td><th scope="col" class="number">share</th><th scope="col" class="number">count</th><th scope="col" class="number">95 % interval</th></tr></thead><tbody>${rows.map(
      ({ label, proportion, role }) => html`<tr><th scope="row"><span class="dot ${role}"></span>${label}</th>
<td class="number share">${shareText(proportion)}</td><td class="number evidence">${proportion.count} of ${proportion.total}</td><td class="number evidence">${intervalText(proportion)}</td></tr>
`,
    )}</tbody></table></article>
`;
  });
  return section('What changed', html`<div class="cards">${cards}</div>`);
}

export function curvesSection(curves: readonly Curve[]): Html {
  const cards = curves.map((curve) => {
    if (curve.points.length === 0) throw new Error(`curve "${curve.title}" has no points.`);
    return html`<article class="card"><h3>${curve.title}</h3>${curve.note && html`<p class="note">${curve.note}</p>`}
${curveChart(curve)}
<details><summary>Numbers</summary>${curveTable(curve)}</details></article>
`;
  });
  return section('Along the run', html`<div class="cards">${cards}</div>`);
}

function curveTable({ title, points, smoothing }: Curve): Html {
  const smooth = smoothing ? movingAverage(points, smoothing) : undefined;
  const every = Math.ceil(points.length / tableRows);
  const rows = points.flatMap(({ step, value }, i) => {
    if (i % every !== 0 && i !== points.length - 1) return [];
    const average = smooth?.[i]?.value;
    return [average === undefined ? [step, value] : [step, value, average]];
  });
  return table(`${title}, numbers`, smooth ? ['step', 'value', 'moving average'] : ['step', 'value'], rows);
}

export function tableSection({ title, note, columns, rows }: Table): Html {
  const wrong = rows.find((row) => row.length !== columns.length);
  if (wrong) throw new Error(`table "${title}": a row has ${wrong.length} cells for ${columns.length} columns.`);
  return section(
    title,
    html`${note && html`<p class="note">${note}</p>`}<div class="card">${table(title, columns, rows)}</div>`,
  );
}

export function nextStepsSection(steps: readonly string[]): Html {
  return section('Next', html`<ol>${steps.map((step) => html`<li>${step}</li>`)}</ol>`);
}

export function settingsSection(run: Report['run']): Html {
  const rows = Object.entries(run).map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${shown(value)}</td></tr>
`,
  );
  return section('Settings', html`<div class="card"><table class="settings"><tbody>${rows}</tbody></table></div>`);
}

function section(title: string, body: Html): Html {
  return html`<section><h2>${title}</h2>${body}</section>
`;
}

export function table(label: string, columns: readonly string[], rows: readonly (readonly Shown[])[]): Html {
  const numeric = columns.map((_, i) => rows.every((row) => typeof row[i] === 'number'));
  const kind = (i: number) => (numeric[i] ? html` class="number"` : undefined);
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table><thead><tr>${columns.map(
    (column, i) => html`<th scope="col"${kind(i)}>${column}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (
      row,
    ) => html`<tr>${row.map((cell, i) => html`<td${kind(i)}>${typeof cell === 'number' ? numberText(cell) : shown(cell)}</td>`)}</tr>
`,
  )}</tbody></table></div>`;
}
