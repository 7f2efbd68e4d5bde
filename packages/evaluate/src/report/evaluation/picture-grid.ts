import { imageData } from '../grids.js';
import { type Html, html } from '../html.js';
import { numberText } from '../numbers.js';
import type { EvaluationReport, PictureRow } from './evaluation-report.js';

/**
 * Every row of pictures as a card, by the primary judge's margin, the greatest gain first. The script sorts and filters by what stands in
 * the data attributes; without it the controls are hidden.
 */
export function picturesSection({ evaluation, pictures }: EvaluationReport): Html | undefined {
  if (!pictures) return undefined;
  const names = evaluation.contestants.map(({ name }) => name);
  const categories = [...new Set(pictures.rows.flatMap(({ category }) => category ?? []))];
  const rows = pictures.rows.toSorted((a, b) => (b.margins[0]?.[0] ?? 0) - (a.margins[0]?.[0] ?? 0));
  const options = (values: readonly string[]) => values.map((value, i) => html`<option value="${i}">${value}</option>`);
  return html`<section id="pictures"><h2>Pictures</h2><p class="note">${
    rows.length < pictures.cases
      ? `${rows.length} of ${pictures.cases}: a third with the greatest margins by the primary judge each way, and a third spread evenly between.`
      : `All ${rows.length}.`
  } Each row has one prompt and one seed. The margin is the score minus the base’s, in the judge’s own units.</p>
<form class="controls" hidden aria-label="Sort and filter the pictures">
<label>Judge <select name="judge">${options(pictures.judges)}</select></label>
<label>Contestant <select name="contestant">${options(names.slice(1))}</select></label>
<label>Order <select name="order"><option value="won">most won first</option><option value="lost">most lost first</option><option value="close">closest first</option></select></label>
${categories.length > 1 ? html`<label>Category <select name="category"><option value="">all</option>${categories.map((name) => html`<option>${name}</option>`)}</select></label>` : undefined}
</form><p role="status" class="note"></p>
<ul class="grid" style="--row: ${Math.min(150 * names.length + 42, 800)}px">
${rows.map((row) => card(row, names))}</ul></section>
`;
}

function card({ prompt, category, seed, images, margins }: PictureRow, names: readonly string[]): Html {
  const by = margins.map((of) => of.map((margin) => Number(margin.toPrecision(4))).join(' ')).join('|');
  return html`<li data-margins="${by}" data-category="${category ?? ''}"><figure class="card"><figcaption>${prompt} <span class="note">${category === undefined ? undefined : html`${category}, `}seed ${seed}</span></figcaption><div class="images">
${names.map((name, i) => {
  const where = `the picture of "${prompt}" by ${name}`;
  const image = images[i];
  if (!image) throw new Error(`${where} is missing.`);
  const { source, pixels } = imageData(where, image);
  const margin = i === 0 ? undefined : html` <b class="margin">${marginText(margins[0]?.[i - 1] ?? 0)}</b>`;
  return html`<div><img${pixels ? html` class="pixels"` : undefined} src="${source}" alt="${name}: ${prompt}"><span>${name}${margin}</span></div>
`;
})}</div></figure></li>
`;
}

/** "+0.12, won": never by colour or sign alone. */
function marginText(margin: number): string {
  if (margin === 0) return 'tie';
  return `${margin > 0 ? '+' : '−'}${numberText(Number(Math.abs(margin).toPrecision(3)))}, ${margin > 0 ? 'won' : 'lost'}`;
}
