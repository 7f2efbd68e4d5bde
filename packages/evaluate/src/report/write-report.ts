import { writeFileAtomic } from '@bradley/formats';
import { gridSection } from './grids.js';
import { html } from './html.js';
import { renderPage } from './page.js';
import { plotsSection } from './plots.js';
import type { Report } from './report.js';
import {
  curvesSection,
  figuresSection,
  nextStepsSection,
  settingsSection,
  summarySection,
  tableSection,
} from './sections.js';

/** Writes `renderReport` to a file, whole or not at all. */
export async function writeReport(path: string, report: Report): Promise<void> {
  await writeFileAtomic(path, renderReport(report));
}

/**
 * A report as one HTML page that needs nothing else: no scripts, no fonts, images and charts inside. Its policy forbids the
 * browser to fetch anything. Throws where a grid, figure, curve or table does not fit together.
 */
export function renderReport(report: Report): string {
  const { title, grids, figures, curves, plots = [], tables, nextSteps, run } = report;
  return renderPage({
    title,
    body: html`<main>
${summarySection(report)}
${grids.map(gridSection)}
${figures.length > 0 ? figuresSection(figures) : undefined}
${curves.length > 0 ? curvesSection(curves) : undefined}
${plots.length > 0 ? plotsSection(plots) : undefined}
${tables.map(tableSection)}
${nextSteps.length > 0 ? nextStepsSection(nextSteps) : undefined}
${Object.keys(run).length > 0 ? settingsSection(run) : undefined}
</main>
<footer>Written by Bradley. Intervals are 95 % Wilson score intervals: they say how much the count itself bears, not whether the judge is right.</footer>`,
  });
}
