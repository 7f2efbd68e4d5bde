import { writeFileAtomic } from '@bradley/formats';
import type { EvaluationDesign } from '../../win-rates/evaluation.js';
import { html } from '../html.js';
import { renderPage } from '../page.js';
import { settingsSection } from '../sections.js';
import type { EvaluationReport } from './evaluation-report.js';
import { evaluationScript } from './evaluation-script.js';
import { evaluationStyle } from './evaluation-style.js';
import { picturesSection } from './picture-grid.js';
import {
  categorySection,
  chunkedMeansSection,
  conclusionSection,
  diversitySection,
  driftSection,
  leaderboardSection,
  winRateSection,
} from './result-sections.js';

/** Writes `renderEvaluation` to a file, whole or not at all. */
export async function writeEvaluation(path: string, report: EvaluationReport): Promise<void> {
  await writeFileAtomic(path, renderEvaluation(report));
}

/**
 * An evaluation as one HTML page that needs nothing else: pictures, charts, style and script are inside, and its policy forbids the browser to
 * fetch anything. Without the script the pictures stand in the primary judge's order.
 */
export function renderEvaluation(report: EvaluationReport): string {
  const { title, evaluation, settings } = report;
  return renderPage({
    title,
    styles: evaluationStyle,
    script: evaluationScript,
    body: html`<main>
<header><h1>${title}</h1><p>${designText(evaluation.design)}</p></header>
${conclusionSection(evaluation)}
${winRateSection(evaluation)}
${driftSection(evaluation)}
${diversitySection(evaluation)}
${leaderboardSection(evaluation)}
${categorySection(evaluation)}
${chunkedMeansSection(evaluation)}
${picturesSection(report)}
${Object.keys(settings).length > 0 ? settingsSection(settings) : undefined}
</main>
<footer>Written by Bradley. Intervals say how much the counts bear, not whether a judge is right.</footer>`,
  });
}

/** What was compared, and the smallest effect that it can detect. */
export function designText({ prompts, seeds, duels, smallest }: EvaluationDesign): string {
  const percent = (share: number | null) => (share === null ? 'no win rate at all' : `${(100 * share).toFixed(0)} %`);
  const what =
    smallest.independent === smallest.alike
      ? `a win rate of ${percent(smallest.alike)}`
      : `a win rate of ${percent(smallest.independent)} if seeds of a prompt are independent, of ${percent(smallest.alike)} if they agree`;
  const nothing = prompts < 6 ? 'nothing: six prompts are the fewest that a sign test decides by' : 'nothing';
  return `${prompts} prompts × ${seeds} ${seeds === 1 ? 'seed' : 'seeds'} = ${duels} duels with the base. With 80 % probability this decides ${smallest.alike === null && smallest.independent === null ? nothing : what}.`;
}
