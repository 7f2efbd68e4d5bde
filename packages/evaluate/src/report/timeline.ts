import { writeFileAtomic } from '@bradley/formats';
import { imageData } from './grids.js';
import { type Html, html } from './html.js';
import { shown } from './numbers.js';
import { renderPage } from './page.js';
import type { Shown } from './report.js';
import { timelineScript } from './timeline-script.js';
import { timelineStyle } from './timeline-style.js';

/** Pictures of the same prompts along a run. */
export interface Timeline {
  readonly title: string;
  readonly sentences: readonly string[];
  /** The rows. */
  readonly captions: readonly string[];
  /** What everything is compared with: it stays in sight. */
  readonly base: TimelineColumn;
  /** In the order of their steps. */
  readonly steps: readonly TimelineColumn[];
}

export interface TimelineColumn {
  readonly name: string;
  /** What was measured at this step, by what it is called. */
  readonly facts: Readonly<Record<string, Shown>>;
  /** For each row, or null where this step has none. */
  readonly pictures: readonly (TimelinePicture | null)[];
}

export interface TimelinePicture {
  /** A PNG, WebP or JPEG, small enough to be in the page. */
  readonly small: Uint8Array;
  /** The whole picture, relative to the page. */
  readonly file: string;
}

/** Writes `renderTimeline` to a file, whole or not at all. */
export async function writeTimeline(path: string, timeline: Timeline): Promise<void> {
  await writeFileAtomic(path, renderTimeline(timeline));
}

/**
 * A page of prompts by steps that needs nothing else: pictures, style and script are inside, and its policy forbids the browser to
 * fetch anything. Without the script it is a table of links to the whole pictures.
 */
export function renderTimeline({ title, sentences, captions, base, steps }: Timeline): string {
  const columns = [base, ...steps];
  const wrong = columns.find(({ pictures }) => pictures.length !== captions.length);
  if (wrong)
    throw new Error(
      `timeline "${title}": ${wrong.name} has ${wrong.pictures.length} pictures for ${captions.length} prompts.`,
    );
  return renderPage({
    title,
    styles: timelineStyle,
    script: timelineScript,
    body: html`<main class="wide">
<header><h1>${title}</h1>${sentences.map((sentence) => html`<p>${sentence}</p>`)}
<p class="note">Arrow keys move between pictures, Enter compares one with the base, Escape goes back.</p></header>
<div class="timeline" role="region" aria-label="Pictures by prompt and step">
<table>
<thead><tr><td></td>${columns.map(heading)}</tr></thead>
<tbody>${captions.map((caption, row) => pictureRow(caption, row, columns))}</tbody>
</table>
</div>
<dialog aria-labelledby="compared"><h2 id="compared"></h2>
<div class="pair"><figure><img alt=""><figcaption></figcaption></figure><figure><img alt=""><figcaption></figcaption></figure></div>
<p class="note">← → steps, ↑ ↓ prompts, Escape closes. <a href="">The whole picture</a></p></dialog>
</main>`,
  });
}

function heading({ name, facts }: TimelineColumn): Html {
  return html`<th scope="col">${name}${Object.entries(facts).map(
    ([label, value]) => html`<div class="fact">${label} ${shown(value)}</div>`,
  )}</th>`;
}

function pictureRow(caption: string, row: number, columns: readonly TimelineColumn[]): Html {
  return html`<tr><th scope="row">${caption}</th>${columns.map(({ name, pictures }) => {
    const picture = pictures[row];
    if (!picture) return html`<td></td>`;
    const { source, pixels } = imageData(`timeline, ${name}, "${caption}"`, picture.small);
    return html`<td><a href="${picture.file}"><img${pixels ? html` class="pixels"` : undefined} src="${source}" alt="${name}: ${caption}"></a></td>`;
  })}</tr>
`;
}
