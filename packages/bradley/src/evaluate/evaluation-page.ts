import type { Case, Evaluation, EvaluationReport, PictureRow, ScorerEvidence } from '@bradley/evaluate';
import { smallPicture } from '@bradley/formats';

/** More cases than this are not all shown: a page of them would be too large. */
const mostRows = 240;

/** What the page of an evaluation shows, its pictures made small. */
export async function evaluationReport({
  evaluation,
  cases,
  scorers,
  files,
  settings,
}: {
  readonly evaluation: Evaluation;
  readonly cases: readonly Case[];
  readonly scorers: readonly ScorerEvidence[];
  readonly files: readonly (readonly string[])[];
  readonly settings: EvaluationReport['settings'];
}): Promise<EvaluationReport> {
  const others = evaluation.contestants.slice(1).map(({ name }) => name);
  const title = `${others.slice(0, 3).join(', ')}${others.length > 3 ? ` and ${others.length - 3} more` : ''} against ${evaluation.base}`;
  if (scorers.length === 0) return { title, evaluation, pictures: null, settings };
  const marginsOf = (at: number) =>
    scorers.map(({ scores }) => scores.slice(1).map((of) => (of[at] as number) - (scores[0]?.[at] as number)));
  const rows: PictureRow[] = [];
  for (const at of shownCases(cases.map((_, i) => marginsOf(i)[0]?.[0] ?? 0))) {
    const images = await Promise.all(files.map((of) => smallPicture(of[at] as string)));
    rows.push({ ...(cases[at] as Case), images, margins: marginsOf(at) });
  }
  const judges = scorers.map(({ judge }) => judge.name);
  return { title, evaluation, pictures: { cases: cases.length, judges, rows }, settings };
}

/** All cases, or, of many, a third with the greatest margins each way and a third spread evenly between. */
export function shownCases(margins: readonly number[], most = mostRows): number[] {
  const order = margins.map((_, i) => i).sort((a, b) => (margins[b] as number) - (margins[a] as number));
  if (order.length <= most) return order;
  const third = Math.floor(most / 3);
  const middle = order.slice(third, order.length - third);
  const spread = Array.from(
    { length: most - 2 * third },
    (_, i) => middle[Math.floor((i * middle.length) / (most - 2 * third))] as number,
  );
  return [...order.slice(0, third), ...spread, ...order.slice(order.length - third)];
}
