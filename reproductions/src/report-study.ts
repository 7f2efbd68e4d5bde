import type { Contrast } from './contrast.js';
import type { Claim, Study } from './study.js';
import type { TrainedArm } from './train-arm.js';

/** What a study found, as `results/<study>.json` keeps it. */
export interface StudyResult {
  readonly study: string;
  readonly prompts: number;
  readonly picturesPerPrompt: number;
  readonly trainingSeeds: readonly number[];
  /** Said before the first arm was trained. */
  readonly smallestDetectable: number;
  readonly arms: readonly ArmResult[];
  readonly claims: readonly ClaimResult[];
  readonly threads: number;
}

export interface ArmResult {
  readonly name: string;
  readonly costs: readonly Pick<TrainedArm, 'cpuSeconds' | 'wallSeconds' | 'peakBytes'>[];
  /** Mean score of its pictures by judge, over all training seeds. */
  readonly means: Readonly<Record<string, number>>;
}

export interface ClaimResult extends Pick<Claim, 'of' | 'against' | 'paper'> {
  readonly byJudge: Readonly<Record<string, Contrast>>;
}

/** What is said of a claim by the judge that decides. */
export function verdictOf({ paper, byJudge }: ClaimResult, judge: string): string {
  const { low, high } = byJudge[judge]?.interval ?? { low: 0, high: 1 };
  const found = low > 0.5 ? 'wins' : high < 0.5 ? 'loses' : 'undecided';
  if (paper === 'alike') return found === 'undecided' ? 'no difference found' : `found otherwise: it ${found}`;
  return found === 'wins' ? 'found again' : found === 'loses' ? 'found the other way round' : 'not decided';
}

/** A section of docs/reproductions.md. */
export function studyMarkdown({ title, question, source, arms, judges, caveats }: Study, result: StudyResult): string {
  const { prompts, picturesPerPrompt, trainingSeeds, smallestDetectable } = result;
  const [primary = ''] = judges;
  const seeds = trainingSeeds.length;
  return [
    `## ${title}`,
    '',
    `${question} *${source}*`,
    '',
    `${prompts} held-out prompts × ${picturesPerPrompt} pictures × ${seeds} training seeds (${trainingSeeds.join(', ')}). Said before it was run: the`,
    `design tells a share of wins of ${percent(smallestDetectable)} from a half four times in five, were every prompt one choice.`,
    '',
    ...arms.map(({ name, summary, training }) => `- **${name}**: ${summary}. ${trainingText(training)}`),
    '',
    `| | the paper | ${judges.map((judge, i) => (i === 0 ? `${judge} (decides)` : judge)).join(' | ')} | so |`,
    `|---|---|${judges.map(() => '---|').join('')}---|`,
    ...result.claims.map(
      (claim) =>
        `| ${claim.of} over ${claim.against} | ${claim.paper} | ${judges.map((judge) => contrastText(claim.byJudge[judge])).join(' | ')} | ${verdictOf(claim, primary)} |`,
    ),
    '',
    `| arm | CPU seconds | peak memory | ${judges.map((judge) => `mean by ${judge}`).join(' | ')} |`,
    `|---|---|---|${judges.map(() => '---|').join('')}`,
    ...result.arms
      .filter(({ means }) => Object.keys(means).length > 0)
      .map(({ name, costs, means }) => {
        const cells = judges.map((judge) =>
          means[judge] === undefined ? '' : (means[judge] as number).toPrecision(3),
        );
        if (costs.length === 0) return `| ${name} | | | ${cells.join(' | ')} |`;
        const cpu = median(costs.map(({ cpuSeconds }) => cpuSeconds)).toFixed(0);
        const peak = (median(costs.map(({ peakBytes }) => peakBytes)) / 2 ** 20).toFixed(0);
        return `| ${name} | ${cpu} | ${peak} MiB | ${cells.join(' | ')} |`;
      }),
    '',
    ...caveats.map((caveat) => `${caveat}\n`),
  ].join('\n');
}

function contrastText(contrast: Contrast | undefined): string {
  if (!contrast) return '';
  const { wins, ties, duels, rate, interval, bySeed } = contrast;
  const tied = ties > 0 ? `, ${ties} ties` : '';
  const each = bySeed.map((of) => (100 * of).toFixed(0)).join(' ');
  return `**${percent(rate)}** (${(100 * interval.low).toFixed(1)}–${(100 * interval.high).toFixed(1)}); ${wins} of ${duels}${tied}; by seed ${each}`;
}

const trainingText = ({ objective, lr, steps, batch }: Study['arms'][number]['training']): string =>
  `\`${objective}\`, rate ${lr}, ${steps} steps of ${batch}`;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
